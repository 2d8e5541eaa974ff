// Keeps an open page fresh: hears of changes, fetches the page again, and swaps what is different.
'use strict';

import { morph } from './morph.js';
import { tellTimes } from './times.js';

/** At most four refreshes a second; the first one comes at once. */
const GAP_MS = 250;

/** How long to wait before a stream that was refused is asked for again. */
const AGAIN_MS = 3_000;

/** What a page says may change by the clock alone: a source that falls silent is behind. */
const CLOCK_MS = 60_000;

const WORDS = {
  connecting: 'Connecting…',
  connected: 'Live: numbers follow by themselves',
  reconnecting: 'Connection lost, reconnecting…',
};

const root = document.documentElement;
let address = '';
let stream = null;
let known = false;
let again = 0;
let refreshedAt = -Infinity;
let planned = 0;
let underWay = false;
let stale = false;

/** Follows the changes that `events` tells of. */
export function follow(events) {
  if (!events) return;
  address = events;
  document.addEventListener('visibilitychange', () => (document.hidden ? pause() : resume()));
  // A page that comes back from the browser's memory has missed what happened meanwhile.
  window.addEventListener('pageshow', (event) => event.persisted && resume());
  window.addEventListener('pagehide', pause);
  setInterval(() => stream?.readyState === EventSource.OPEN && changed(), CLOCK_MS);
  if (!document.hidden) connect();
}

function connect() {
  clearTimeout(again);
  stream?.close();
  say(known ? 'reconnecting' : 'connecting');
  stream = new EventSource(address);
  stream.addEventListener('ready', () => {
    say('connected');
    known = true;
    // What changed since the page was made, or since the connection was lost, is caught up with.
    changed();
  });
  stream.addEventListener('change', changed);
  stream.addEventListener('error', () => {
    say('reconnecting');
    if (stream.readyState === EventSource.CLOSED) again = setTimeout(connect, AGAIN_MS);
  });
}

/** Hidden pages hold no connection: browsers give few of them to one server. */
function pause() {
  clearTimeout(again);
  stream?.close();
  stream = null;
}

function resume() {
  if (!stream) connect();
}

/** Plans a refresh: at once, or as soon as the last one is long enough ago. */
function changed() {
  if (underWay) {
    stale = true;
    return;
  }
  if (planned) return;
  const wait = Math.max(0, refreshedAt + GAP_MS - performance.now());
  planned = setTimeout(refresh, wait);
}

async function refresh() {
  planned = 0;
  underWay = true;
  stale = false;
  refreshedAt = performance.now();
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-cache' });
    if (answer.redirected && new URL(answer.url).pathname !== location.pathname) {
      location.assign(answer.url);
      return;
    }
    if (answer.ok) swap(await answer.text());
  } catch {
    // The stream says that the connection is lost, and refreshes when it is back.
  } finally {
    underWay = false;
    if (stale) changed();
  }
}

function swap(html) {
  const fresh = new DOMParser().parseFromString(html, 'text/html');
  document.title = fresh.title;
  for (const next of fresh.querySelectorAll('[data-live]')) {
    const present = document.querySelector(`[data-live="${CSS.escape(next.dataset.live)}"]`);
    if (!present) continue;
    tellTimes(next);
    morph(present, next);
  }
  document.dispatchEvent(new CustomEvent('tidemark:refreshed'));
  root.dataset.refreshed = String(Number(root.dataset.refreshed) + 1);
}

function say(state) {
  const live = document.getElementById('live');
  if (!live || live.dataset.state === state) return;
  live.dataset.state = state;
  live.querySelector('.pulse-text').textContent = WORDS[state];
}
