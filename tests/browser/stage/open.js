// What people do on an open page and must not lose, and when its numbers change.

/** How long a change may take from the file to the page before it counts as lost. */
const LOST_MS = 10_000;

/** Reads on: opens a `<details>`, scrolls, and puts the focus on a link in a part that will be swapped. */
export async function settleIn(page) {
  await page.locator('[data-live="burndown"] details.behind > summary').click();
  await page.locator('[data-live="report"] [data-term="completed"] a').first().focus();
  await page.evaluate(() => {
    window.scrollTo(0, 300);
    window.kept = { focus: document.activeElement, table: document.querySelector('details.behind table') };
  });
}

/** What of it is still as it was. */
export function settled(page) {
  return page.evaluate(() => ({
    loads: performance.getEntriesByType('navigation').length,
    sameDocument: window.kept !== undefined,
    sameFocus: document.activeElement === window.kept?.focus && document.activeElement !== document.body,
    sameTable: window.kept?.table.isConnected,
    open: document.querySelector('[data-live="burndown"] details.behind').open,
    scroll: window.scrollY,
  }));
}

export function refreshes(page) {
  return page.evaluate(() => Number(document.documentElement.dataset.refreshed));
}

/** Waits until a number has a value. Returns when it got it, in milliseconds since 1970. */
export function becomes(page, selector, value) {
  return page.evaluate(
    ([selector, value, lost]) =>
      new Promise((resolve, reject) => {
        const shown = () => document.querySelector(selector)?.dataset.value;
        const look = () => {
          if (shown() !== value) return;
          observer.disconnect();
          clearTimeout(late);
          resolve(performance.timeOrigin + performance.now());
        };
        const observer = new MutationObserver(look);
        const late = setTimeout(() => reject(new Error(`${selector} is ${shown()} instead of ${value}`)), lost);
        observer.observe(document.documentElement, { subtree: true, childList: true, attributes: true });
        look();
      }),
    [selector, String(value), LOST_MS],
  );
}

/** The value below which a part of all values lies. */
export function quantile(values, part) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)];
}
