// Draws what closed sprints committed to and completed, as bars, and the velocity as a line.
'use strict';

import { axis, chart, colour, faint, fromZero, short } from './chart.js';
import { inZone } from './times.js';

/** Room that a label needs, that the axis of numbers has, and that is left free at the right, in pixels. */
const LABEL = 56;
const NUMBERS = 44;
const RIGHT = 8;

export function velocity(figure, numbers) {
  if (!numbers?.length) return null;
  let sprints = numbers;
  let labels = shortened(sprints);

  const bars = (key, align, fill) => ({
    stroke: colour(figure, key),
    width: 1.5,
    fill: faint(colour(figure, key), fill),
    paths: window.uPlot.paths.bars({ size: [0.34, 44], align }),
    points: { show: false },
  });

  return chart(figure, numbers, {
    rows: (next) => {
      sprints = next;
      labels = shortened(sprints);
      return arranged(sprints);
    },
    stops: (next) => next.map((_, index) => index),
    about: (index) => about(sprints[index]),
    options: {
      scales: { x: { time: false, range: () => [-0.6, sprints.length - 0.4] }, y: { range: fromZero } },
      axes: [
        axis(figure, {
          size: 34,
          grid: { show: false },
          splits: () => sprints.map((_, index) => index),
          values: (u) => {
            const room = Math.max(LABEL, u.width - NUMBERS - RIGHT);
            const every = Math.ceil((sprints.length * LABEL) / room);
            return labels.map((label, index) => ((labels.length - 1 - index) % every === 0 ? label : ''));
          },
        }),
        axis(figure, { size: NUMBERS }),
      ],
      padding: [12, RIGHT, 0, 0],
      series: [
        {},
        bars('committed', -1, 0.15),
        bars('completed', 1, 0.85),
        { stroke: colour(figure, 'mean'), width: 2, points: { show: true, size: 7, fill: colour(figure, 'mean') } },
      ],
      cursor: { points: { show: false } },
    },
  });
}

function arranged(sprints) {
  const column = (of) => sprints.map(of);
  return [
    column((_, index) => index),
    column((sprint) => sprint.committed),
    column((sprint) => sprint.completed),
    column((sprint) => sprint.velocity),
  ];
}

function about({ name, closed_at: closed, committed, completed, velocity: mean }) {
  const ratio = committed ? `, ${Math.round((completed / committed) * 100)}% of it` : '';
  return {
    title: name,
    lines: [
      `closed ${inZone(new Date(closed))}`,
      `committed ${committed === null ? 'unknown: history missing' : short(committed)}`,
      `completed ${short(completed)}${ratio}`,
      `velocity ${mean === null ? 'not known' : Math.round(mean * 10) / 10}`,
    ],
  };
}

/** Names without the words that all of them start with, as short as an axis needs them. */
function shortened(sprints) {
  const names = sprints.map(({ name }) => name.split(/\s+/));
  let shared = 0;
  while (names.length > 1 && names.every((words) => words.length > shared + 1 && words[shared] === names[0][shared])) {
    shared += 1;
  }
  return names.map((words) => {
    const label = words.slice(shared).join(' ');
    return label.length > 9 ? `${label.slice(0, 8)}…` : label;
  });
}
