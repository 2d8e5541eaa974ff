// Says instants in the reader's time zone, and how far away they are. The HTML says them in UTC.
'use strict';

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Says all instants below an element. */
export function tellTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = utc(at);
    time.textContent = (time.dataset.form === 'day' ? day : local).format(at);
  }
  tellRelative(root);
}

/** Says how far away the ends of sprints are. */
export function tellRelative(root) {
  for (const place of root.querySelectorAll('[data-until]')) {
    const left = new Date(place.dataset.until).getTime() - Date.now();
    if (Number.isNaN(left)) continue;
    const words = left >= 0 ? `${distance(left)} left` : `${distance(-left)} over`;
    place.dataset.over = String(left < 0);
    if (place.textContent !== words) place.textContent = words;
  }
}

/** An instant as the server writes it. */
export function utc(at) {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** An instant in the reader's time zone. */
export function inZone(at) {
  return local.format(at);
}

function distance(ms) {
  if (ms >= 2 * DAY) return `${Math.round(ms / DAY)} days`;
  if (ms >= 2 * HOUR) return `${Math.round(ms / HOUR)} hours`;
  const minutes = Math.max(1, Math.round(ms / MINUTE));
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}
