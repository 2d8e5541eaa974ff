// Makes one part of the page look like another, changing only what differs: focus, scroll positions, open details and
// typed text stay as they are.
'use strict';

/** Attributes that belong to whoever uses the page. */
const OWN = { DETAILS: ['open'], INPUT: ['value', 'checked'], OPTION: ['selected'], SELECT: [] };

const calm = window.matchMedia('(prefers-reduced-motion: reduce)');

/** Makes `present` look like `next`. */
export function morph(present, next) {
  if (present.isEqualNode(next) || present.dataset.keep !== undefined) return;
  const told = present.dataset.number !== undefined && present.textContent !== next.textContent;
  attributes(present, next);
  children(present, next);
  if (told) flash(present);
}

function attributes(present, next) {
  const own = OWN[present.tagName] ?? [];
  for (const { name, value } of next.attributes) {
    if (!own.includes(name) && present.getAttribute(name) !== value) present.setAttribute(name, value);
  }
  for (const { name } of [...present.attributes]) {
    if (!own.includes(name) && !next.hasAttribute(name)) present.removeAttribute(name);
  }
}

function children(present, next) {
  const keyed = new Map();
  for (const child of present.children) {
    if (keyOf(child)) keyed.set(keyOf(child), child);
  }
  const wantedKeys = new Set([...next.children].map(keyOf));
  // A node that is moved loses the focus: those that go, go first, so that the others stay where they are.
  for (const [key, child] of keyed) {
    if (!wantedKeys.has(key)) child.remove();
  }
  let place = present.firstChild;
  for (const wanted of [...next.childNodes]) {
    const found = match(place, wanted, keyed);
    if (!found) {
      present.insertBefore(document.importNode(wanted, true), place);
      continue;
    }
    if (found === place) place = place.nextSibling;
    else present.insertBefore(found, place);
    if (found.nodeType === Node.ELEMENT_NODE) morph(found, wanted);
    else if (found.data !== wanted.data) found.data = wanted.data;
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

/** The node that is to become `wanted`: the one with its key, else the one at its place if it is of its kind. */
function match(place, wanted, keyed) {
  const key = keyOf(wanted);
  if (key) {
    const found = keyed.get(key);
    keyed.delete(key);
    return found?.nodeName === wanted.nodeName ? found : null;
  }
  return place && !keyOf(place) && place.nodeName === wanted.nodeName ? place : null;
}

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.dataset.key || node.id : '';
}

/** A number that changed shows it for a moment. */
function flash(element) {
  if (calm.matches) return;
  const colour = getComputedStyle(document.documentElement).getPropertyValue('--flash');
  element.animate([{ backgroundColor: colour }, { backgroundColor: 'transparent' }], { duration: 1400 });
}
