// What holds on every page, whatever is on it. Each check returns the problems that it found, in words.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** All that are about a page as it stands. */
export async function checks(page) {
  return [...(await plain(page)), ...(await accessible(page))];
}

/** Those that a page without scripts can be asked as well: axe-core is one. */
export async function plain(page) {
  return [...(await fits(page)), ...(await headed(page)), ...(await spoken(page))];
}

/** What axe-core finds. */
export async function accessible(page) {
  await page.evaluate(AXE);
  const violations = await page.evaluate(
    async (values) => (await window.axe.run(document, { runOnly: { type: 'tag', values } })).violations,
    RULES,
  );
  return violations.map(({ id, help, nodes }) => {
    const where = nodes.slice(0, 3).map(({ target, any }) => `${target} ${any[0]?.message ?? ''}`);
    return `axe ${id}: ${help}, ${nodes.length} times: ${where.join(' | ')}`;
  });
}

/** The document does not scroll sideways. Names what sticks out, from the outside in. */
export function fits(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const scrolls = (element) =>
      element &&
      (/auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
    const out = [...document.body.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right + window.scrollX > clientWidth + 1)
      .filter((element) => getComputedStyle(element).position === 'absolute' || !scrolls(element.parentElement));
    const named = ({ localName, className }) => `<${localName} class="${className}">`;
    const names = out.slice(0, 3).map((element) => `${named(element)} in ${named(element.parentElement)}`);
    return [`the document is ${scrollWidth} wide in a window of ${clientWidth}: ${names.join(', ')}`];
  });
}

/** There is one heading of the first level, with words in it, and a title. */
export function headed(page) {
  return page.evaluate(() => {
    const headings = [...document.querySelectorAll('h1')].map((heading) => heading.textContent.trim());
    const problems = [];
    if (headings.length !== 1 || !headings[0]) problems.push(`h1: ${JSON.stringify(headings)}`);
    if (!document.title.trim()) problems.push('no title');
    return problems;
  });
}

/** No words that only programs say to each other. */
export async function spoken(page) {
  const words = await page.locator('body').innerText();
  const found = words.match(/\b(NaN|undefined|Infinity|null)\b|\[object \w+\]|Invalid Date/g) ?? [];
  return found.map((word) => `the page says ${word}`);
}

/** Opens all that can be opened: what is hidden in a `<details>` is checked as well. */
export function openAll(page) {
  return page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
}

/** Numbers that stand out too little from the colour that they flash in when they change, with their contrast. */
export function faintest(page) {
  return page.evaluate(() => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = 'var(--flash)';
    const light = (colour) => {
      const parts = colour
        .match(/[\d.]+/g)
        .slice(0, 3)
        .map((part) => part / 255);
      const [red, green, blue] = parts.map((part) =>
        part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = light(getComputedStyle(probe).color);
    probe.remove();
    const contrast = (colour) => {
      const [dark, bright] = [light(colour), behind].sort((one, other) => one - other);
      return (bright + 0.05) / (dark + 0.05);
    };
    const found = new Map();
    for (const number of document.querySelectorAll('[data-number]')) {
      const { color: colour } = getComputedStyle(number);
      if (contrast(colour) < 4.5) found.set(colour, `${number.dataset.number} ${contrast(colour).toFixed(2)}:1`);
    }
    return [...found.values()];
  });
}
