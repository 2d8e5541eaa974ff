// Says beside the pointer what a point of a chart means.
'use strict';

const GAP = 14;

export class Tooltip {
  constructor(plot) {
    this.element = document.createElement('div');
    this.element.className = 'tooltip';
    this.element.hidden = true;
    this.element.setAttribute('aria-hidden', 'true');
    this.plot = plot;
    plot.append(this.element);
  }

  /** Shows `title` and `lines` beside the point at `index`. */
  show(u, index, { title, lines }) {
    const head = document.createElement('strong');
    head.textContent = title;
    head.dir = 'auto';
    const list = document.createElement('ul');
    list.append(...lines.map((line) => Object.assign(document.createElement('li'), { textContent: line })));
    this.element.replaceChildren(head, list);
    this.element.hidden = false;
    const x = u.over.offsetLeft + u.valToPos(u.data[0][index], 'x');
    const width = this.element.offsetWidth;
    const right = x + GAP + width <= this.plot.clientWidth;
    const left = right ? x + GAP : Math.max(0, x - GAP - width);
    this.element.style.transform = `translate(${Math.round(left)}px, ${u.over.offsetTop + 8}px)`;
  }

  hide() {
    this.element.hidden = true;
  }

  remove() {
    this.element.remove();
  }
}
