// Finds the charts of a page, draws them, and draws them anew when their numbers or the colours change.
'use strict';

import { burndown } from './burndown.js';
import { velocity } from './velocity.js';

const KINDS = { burndown, velocity };

/** The charts that are drawn, by their figure. */
const drawn = new Map();

const numbersOf = (figure) => figure.querySelector('script[type="application/json"]')?.textContent ?? 'null';

function draw(figure) {
  const text = numbersOf(figure);
  const chart = KINDS[figure.dataset.chart]?.(figure, JSON.parse(text));
  if (chart) drawn.set(figure, { chart, text });
}

/** Draws what is new, updates what changed, and lets go of what is gone. */
function refresh() {
  for (const [figure, { chart }] of drawn) {
    if (figure.isConnected) continue;
    chart.destroy();
    drawn.delete(figure);
  }
  for (const figure of document.querySelectorAll('figure[data-chart]')) {
    const known = drawn.get(figure);
    const text = numbersOf(figure);
    if (!known) draw(figure);
    else if (known.text !== text) {
      known.chart.update(JSON.parse(text));
      known.text = text;
    }
    figure.dataset.drawn = String(drawn.has(figure));
  }
}

/** Colours are read when a chart is made. */
function redraw() {
  for (const [figure, { chart }] of [...drawn]) {
    chart.destroy();
    drawn.delete(figure);
  }
  refresh();
}

document.addEventListener('tidemark:refreshed', refresh);
document.addEventListener('tidemark:theme', redraw);
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
refresh();
