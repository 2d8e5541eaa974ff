// The browser, and one visit to one page: what it looks like, and everything that went wrong on it.

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const PICTURES = fileURLToPath(new URL('../screenshots/', import.meta.url));

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1280, height: 900 };

/** A page that takes longer than this for anything has failed, even on a slow machine. */
const PATIENCE_MS = 20_000;

/** The same words and times on every machine. */
const READER = { locale: 'en-GB', timezoneId: 'Europe/Berlin' };

export function launch() {
  const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
  // As root, as in containers, Chromium has no sandbox.
  return chromium.launch({ executablePath, args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
}

/** A page that has been opened, with what went wrong on it. */
class Visit {
  constructor(context, page, problems) {
    Object.assign(this, { context, page, problems, watching: true });
  }

  /** Ends the visit, and returns what went wrong on it. */
  async end() {
    // Closing breaks connections off, which is no problem of the page.
    this.watching = false;
    await this.context.close();
    return this.problems;
  }
}

/**
 * Opens `address` as somebody new. `status` is the one that is expected, `scripts` whether there are any,
 * `theme` the system's, `still` whether the reader wants nothing to move, `before` a script to run first.
 */
export async function visit(browser, address, asked = {}) {
  const { size = DESK, theme = 'light', scripts = true, status = 200, still = false, before } = asked;
  const context = await browser.newContext({
    ...READER,
    viewport: size,
    colorScheme: theme,
    reducedMotion: still ? 'reduce' : 'no-preference',
    javaScriptEnabled: scripts,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  if (before) await context.addInitScript(before);
  const page = await context.newPage();
  const visit = new Visit(context, page, []);
  watch(visit, new URL(address), status);
  const answer = await page.goto(address, { waitUntil: 'load' });
  if (answer.status() !== status) visit.problems.push(`${address} answered ${answer.status()} instead of ${status}`);
  if (scripts) await drawn(page);
  return visit;
}

/** Notes errors, failed requests, and requests to anybody else. */
function watch(visit, { href, host }, status) {
  const note = (problem) => visit.watching && visit.problems.push(problem);
  const expected = (url) => status !== 200 && url === href;
  visit.page.on('console', (message) => {
    const { url } = message.location();
    if (['error', 'warning'].includes(message.type()) && !expected(url)) note(`console: ${message.text()} (${url})`);
  });
  visit.page.on('pageerror', (error) => note(`script: ${error.stack ?? error}`));
  visit.page.on('dialog', (dialog) => note(`dialog: ${dialog.message()}`) && dialog.dismiss());
  visit.page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.host !== host) note(`a request to another host: ${request.url()}`);
  });
  visit.page.on('requestfailed', (request) => {
    const { errorText: reason } = request.failure() ?? {};
    // Who goes on to another page does not wait for the rest of this one.
    if (reason !== 'net::ERR_ABORTED') note(`failed: ${request.url()} ${reason}`);
  });
  visit.page.on('response', (response) => {
    if (response.status() >= 400 && !expected(response.url())) note(`${response.status()}: ${response.url()}`);
  });
}

/** Waits until the scripts have done what they do at first: charts drawn, and the first refresh over. */
export function drawn(page) {
  return page.waitForFunction(() => {
    const { refreshed } = document.documentElement.dataset;
    const charts = [...document.querySelectorAll('figure[data-chart]')];
    const follows = Boolean(document.body.dataset.events);
    return charts.every((chart) => chart.dataset.drawn === 'true') && (!follows || Number(refreshed) > 0);
  });
}

/** A picture of the whole page, for people to look at. */
export async function picture(page, name) {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}${name}.png`, fullPage: true, animations: 'disabled' });
}

/** A name for a picture: page-width-theme. */
export function named(kind, { width }, theme) {
  return `${kind}-${width}-${theme}`;
}
