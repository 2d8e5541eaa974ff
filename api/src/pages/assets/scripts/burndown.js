// Draws a sprint's burndown: steps of remaining work, scope and completed work, and what happened on the way.
'use strict';

import { axis, chart, colour, faint, fromZero, short } from './chart.js';
import { inZone } from './times.js';

/** Which events are marked, with the key that names their colour and the shape that tells them apart. */
const MARKS = {
  ADD: { key: 'added', shape: [[0, -5], [5, 4], [-5, 4]] },
  REMOVE: { key: 'removed', shape: [[0, 5], [5, -4], [-5, -4]] },
  REESTIMATE: { key: 'reestimated', shape: [[0, -6], [6, 0], [0, 6], [-6, 0]] },
  REOPEN: { key: 'reopened', shape: [[-4, -4], [4, -4], [4, 4], [-4, 4]] },
};

/** How far one mark is above the next at the same instant. */
const STACK = 13;

export function burndown(figure, numbers) {
  if (!numbers?.points?.length) return null;
  let view = arranged(numbers);

  const steps = (key, more) => ({
    stroke: colour(figure, key),
    width: 2,
    paths: window.uPlot.paths.stepped({ align: 1 }),
    points: { show: false },
    ...more,
  });
  const marks = Object.fromEntries(
    Object.entries(MARKS).map(([kind, { key, shape }]) => [kind, { shape, fill: colour(figure, key) }]),
  );
  const inks = { now: colour(figure, 'remaining'), line: getComputedStyle(figure.querySelector('.plot')).color };

  return chart(figure, numbers, {
    rows: (next) => (view = arranged(next)).rows,
    stops: () => view.stops,
    about: (index) => about(view, index),
    options: {
      ms: 1,
      scales: { x: { time: true, range: () => [view.from, view.to] }, y: { range: fromZero } },
      axes: [axis(figure, { space: 70, size: 34, values: days }), axis(figure, { size: 44 })],
      // To the right there is room for half of a day's label.
      padding: [26, 24, 0, 0],
      series: [
        {},
        steps('scope', { width: 1.5 }),
        steps('completed', { width: 1.5, dash: [2, 3] }),
        { stroke: colour(figure, 'guideline'), width: 1.5, dash: [8, 5], spanGaps: true, points: { show: false } },
        steps('remaining', { width: 2.5, fill: faint(colour(figure, 'remaining'), 0.1) }),
      ],
      cursor: { points: { size: 7 } },
      hooks: { draw: [(u) => lines(u, view, inks), (u) => events(u, view, marks)] },
    },
  });
}

/** The columns that are drawn: time, scope, completed, guideline, remaining. */
function arranged(numbers) {
  const { points, guideline } = numbers;
  const first = points[0].at;
  const last = points[points.length - 1].at;
  const now = Date.now();
  const until = numbers.closed_at ?? (isNear(numbers, last, now) ? Math.max(now, last) : last);
  const guide = new Map(guideline);
  const times = new Set([...points.map((point) => point.at), ...guide.keys(), until]);
  const x = [...times].sort((one, other) => one - other);
  const rows = [x, [], [], [], []];
  const stops = [];
  const at = [];
  let place = -1;
  x.forEach((time, index) => {
    while (place + 1 < points.length && points[place + 1].at <= time) place += 1;
    if (points[place]?.at === time) stops.push(index);
    const held = time >= first && time <= Math.max(until, last) ? points[place] : null;
    at.push(held);
    rows[1].push(held?.scope ?? null);
    rows[2].push(held?.completed ?? null);
    rows[3].push(guide.get(time) ?? null);
    rows[4].push(held?.remaining ?? null);
  });
  const to = Math.max(until, last, numbers.planned_end_at ?? last);
  const room = Math.max(60_000, (to - first) * 0.01);
  return { numbers, rows, stops, at, from: first - room, to: to + room, now: numbers.closed_at ? null : until };
}

/** A sprint that was left open long ago is not drawn up to today: nothing would be seen of it. */
function isNear({ planned_end_at: end, started_at: start }, last, now) {
  const planned = Math.max(end ?? last, last);
  return now <= planned + 2 * Math.max(planned - (start ?? planned), 86_400_000);
}

function about(view, index) {
  const point = view.at[index];
  if (!point) return { title: inZone(new Date(view.rows[0][index])), lines: [] };
  const { unit } = view.numbers;
  return {
    title: inZone(new Date(view.rows[0][index])),
    lines: [
      `${short(point.remaining)} ${unit} remaining`,
      `${short(point.scope)} in scope, ${short(point.completed)} completed`,
      ...(point.at === view.rows[0][index] ? point.events.map((event) => event.words) : []),
    ],
  };
}

const dayOf = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const hourOf = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** Words for the time axis: days, and hours where the sprint is that short. */
function days(u, splits, axisIndex, space, step) {
  let before = '';
  return splits.map((split) => {
    // The library may be a millisecond early.
    const at = Math.round(split / 60_000) * 60_000;
    const date = dayOf.format(at);
    const words = step >= 86_400_000 || date !== before ? date : hourOf.format(at);
    before = date;
    return words;
  });
}

/** Vertical lines for the planned end, for now, and for the close. */
function lines(u, view, inks) {
  const { numbers } = view;
  const wanted = [
    { at: numbers.planned_end_at, words: 'planned end', dash: [4, 4], ink: inks.line },
    { at: numbers.closed_at, words: 'closed', dash: [], ink: inks.line },
    { at: numbers.state === 'active' ? view.now : null, words: 'now', dash: [], ink: inks.now },
  ];
  const { ctx } = u;
  const scale = window.devicePixelRatio;
  const taken = [];
  ctx.save();
  ctx.font = `${11 * scale}px system-ui, sans-serif`;
  for (const { at, words, dash, ink } of wanted.filter(({ at }) => at).sort((one, other) => one.at - other.at)) {
    const x = Math.round(u.valToPos(at, 'x', true));
    ctx.strokeStyle = ink;
    ctx.fillStyle = ink;
    ctx.lineWidth = scale;
    ctx.setLineDash(dash.map((length) => length * scale));
    ctx.beginPath();
    ctx.moveTo(x, u.bbox.top);
    ctx.lineTo(x, u.bbox.top + u.bbox.height);
    ctx.stroke();
    const { width } = ctx.measureText(words);
    const fits = x + 3 * scale + width < u.bbox.left + u.bbox.width;
    const left = fits ? x + 3 * scale : x - 3 * scale - width;
    // In the lowest row in which no label stands in its way.
    let row = 0;
    while (taken.some((label) => label.row === row && left < label.right && label.left < left + width)) row += 1;
    taken.push({ row, left: left - 4 * scale, right: left + width + 4 * scale });
    ctx.textAlign = fits ? 'left' : 'right';
    ctx.fillText(words, x + (fits ? 3 : -3) * scale, u.bbox.top - (4 + row * 12) * scale);
  }
  ctx.restore();
}

/** A shape above the remaining work for each event that people ask about. */
function events(u, view, marks) {
  const { ctx } = u;
  const scale = window.devicePixelRatio;
  ctx.save();
  ctx.setLineDash([]);
  for (const index of view.stops) {
    const point = view.at[index];
    const x = u.valToPos(point.at, 'x', true);
    let y = u.valToPos(point.remaining, 'y', true) - 10 * scale;
    for (const { kind } of point.events) {
      if (!marks[kind]) continue;
      ctx.fillStyle = marks[kind].fill;
      ctx.beginPath();
      for (const [dx, dy] of marks[kind].shape) ctx.lineTo(x + dx * scale, y + dy * scale);
      ctx.closePath();
      ctx.fill();
      y -= STACK * scale;
    }
  }
  ctx.restore();
}
