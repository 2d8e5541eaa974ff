// Follows the links of all pages. Pages of one kind that differ in what was asked alone are visited once.

import { visit } from './browser.js';

/** How many links are looked up at a time. */
const AT_ONCE = 8;

/** What a page shows, by its path. */
export function kindOf(address) {
  const { pathname } = new URL(address);
  const names = { '': 'boards', boards: 'board', sprints: 'sprint' };
  const [first] = pathname.slice(1).split('/');
  return names[first] ?? first;
}

/**
 * What is new about an address: the page itself, or answers of its kind of page to single parameters. Whatever
 * combinations there are, they are made of these.
 */
function aspects(address) {
  const url = new URL(address);
  const asked = [...url.searchParams].filter(([name]) => name !== 'board');
  if (asked.length === 0) return [`${url.pathname} ${url.searchParams.get('board') ?? ''}`];
  return asked.map(([name, value]) => `${kindOf(address)}?${name}=${value}`);
}

/**
 * Visits every page that links lead to. Returns what went wrong, one example by kind of page (sprints by their state as
 * well: `sprint-active`), how many pages were visited, and all links that were found.
 */
export async function crawl(browser, start) {
  const problems = [];
  const examples = new Map();
  const links = new Map();
  const queue = [`${start}/`];
  const known = new Set(aspects(queue[0]));
  for (const address of queue) {
    const here = await visit(browser, address);
    const { found, state } = await here.page.evaluate(() => ({
      found: [...document.querySelectorAll('a[href]')].map((link) => link.href),
      state: document.querySelector('main .title .chip')?.dataset.kind,
    }));
    for (const problem of await here.end()) problems.push(`${address}: ${problem}`);
    const kind = state ? `${kindOf(address)}-${state}` : kindOf(address);
    if (!examples.has(kind)) examples.set(kind, address);
    for (const link of found) {
      if (!links.has(link)) links.set(link, address);
      const plain = link.split('#')[0];
      const { origin, pathname } = new URL(plain);
      const fresh = aspects(plain).filter((aspect) => !known.has(aspect));
      if (origin !== start || pathname.startsWith('/api/') || fresh.length === 0) continue;
      fresh.forEach((aspect) => known.add(aspect));
      queue.push(plain);
    }
  }
  return { problems, examples, links, visited: queue.length };
}

/** What is wrong with links: where they lead there is nothing, or not the place that they name. */
export async function brokenLinks(links) {
  const byPage = new Map();
  for (const [link, from] of links) {
    const [page, place] = link.split('#');
    const entry = byPage.get(page) ?? { from, places: new Set() };
    if (place) entry.places.add(place);
    byPage.set(page, entry);
  }
  const queue = [...byPage];
  const broken = [];
  const worker = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      const [address, { from, places }] = next;
      const answer = await fetch(address, { headers: { Accept: 'text/html' } });
      const text = await answer.text();
      if (!answer.ok) broken.push(`${answer.status} ${address} (linked from ${from}): ${text.slice(0, 200)}`);
      for (const place of places) {
        if (!text.includes(`id="${place}"`)) broken.push(`${address} has no #${place} (linked from ${from})`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return broken.sort();
}
