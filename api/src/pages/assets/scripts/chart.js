// What all charts share: their colours, axes, size, and how the keyboard and the pointer ask for a point.
'use strict';

import { Tooltip } from './tooltip.js';

const HEIGHT = 320;
const FONT = '12px system-ui, sans-serif';

/** The colour of a line, as the key beneath the chart shows it. */
export function colour(figure, key) {
  const swatch = figure.querySelector(`[data-key="${key}"]`);
  return swatch ? getComputedStyle(swatch).color : 'gray';
}

/** A computed colour (`rgb(…)`) that lets through what is behind it. */
export function faint(rgb, share) {
  return rgb.replace(/^rgb\((.*)\)$/, `rgba($1, ${share})`);
}

/** An axis in the page's colours. */
export function axis(figure, more) {
  const style = getComputedStyle(figure.querySelector('.plot'));
  const line = { stroke: style.borderTopColor, width: 1 };
  return { stroke: style.color, font: FONT, grid: line, ticks: { show: false }, ...more };
}

/** A number for people: in hundredths. */
export function short(number) {
  return Math.round(number * 100) / 100;
}

/** From nothing up to a little more than there is. */
export function fromZero(u, least, most) {
  return [Math.min(0, least ?? 0), Math.max(1, (most ?? 0) * 1.1)];
}

/**
 * Makes a chart. `spec` has the library's options, `rows(numbers)` the columns to draw, and `about(index)` what to say
 * of a point: `{ title, lines }`. `stops(numbers)` are the indexes that the keyboard visits.
 */
export function chart(figure, numbers, spec) {
  const plot = figure.querySelector('.plot');
  const words = figure.querySelector('.plot-words');
  const tooltip = new Tooltip(plot);
  const size = () => ({ width: Math.max(240, plot.clientWidth), height: HEIGHT });
  let stops = spec.stops(numbers);
  let at = -1;

  const options = {
    ...spec.options,
    ...size(),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, ...spec.options.cursor },
    hooks: { ...spec.options.hooks, setCursor: [(u) => tell(u)] },
  };
  const u = new window.uPlot(options, spec.rows(numbers), plot);

  function tell(u) {
    const { left, idx } = u.cursor;
    if (idx === null || idx === undefined || left < 0) tooltip.hide();
    else tooltip.show(u, idx, spec.about(idx));
  }

  function visit(step) {
    at = Math.min(stops.length - 1, Math.max(0, at + step));
    const index = stops[at];
    u.setCursor({ left: u.valToPos(u.data[0][index], 'x'), top: u.over.clientHeight / 2 });
    const { title, lines } = spec.about(index);
    words.textContent = [title, ...lines].join('. ');
  }

  function key(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1, Home: -stops.length, End: stops.length };
    if (event.key === 'Escape') u.setCursor({ left: -10, top: -10 });
    if (!(event.key in steps) || stops.length === 0) return;
    event.preventDefault();
    visit(steps[event.key]);
  }

  const leave = () => u.setCursor({ left: -10, top: -10 });
  const resized = new ResizeObserver(() => u.setSize(size()));
  plot.addEventListener('keydown', key);
  plot.addEventListener('blur', leave);
  resized.observe(plot);

  return {
    update(next) {
      stops = spec.stops(next);
      u.setData(spec.rows(next));
    },
    destroy() {
      plot.removeEventListener('keydown', key);
      plot.removeEventListener('blur', leave);
      resized.disconnect();
      tooltip.remove();
      u.destroy();
    },
  };
}
