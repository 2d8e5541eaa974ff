// The words that stand in a chart's picture, which no element holds.

/** Runs in the page before its scripts: keeps what was written into each canvas since it was last cleared. */
export function listen() {
  window.written = new Map();
  const { clearRect, fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.clearRect = function (...area) {
    window.written.set(this.canvas, []);
    return clearRect.apply(this, area);
  };
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...more) {
    const { width, actualBoundingBoxAscent: above, actualBoundingBoxDescent: below } = this.measureText(text);
    const left = { right: x - width, end: x - width, center: x - width / 2 }[this.textAlign] ?? x;
    const place = this.getTransform().transformPoint({ x: left, y });
    const { x: anchor } = this.getTransform().transformPoint({ x, y });
    const words = window.written.get(this.canvas) ?? [];
    words.push({
      text,
      anchor,
      align: this.textAlign,
      left: place.x,
      right: place.x + width,
      top: place.y - above,
      bottom: place.y + below,
    });
    window.written.set(this.canvas, words);
    return fillText.call(this, text, x, y, ...more);
  };
}

/** What stands in the chart of a page: words with their places, in pixels. */
export function written(page) {
  return page.evaluate(() => {
    const canvas = document.querySelector('.plot canvas');
    return { words: window.written.get(canvas) ?? [], width: canvas.width };
  });
}

/** Words that cannot be read: those that run into each other, and those that are cut off. */
export function illegible({ words, width }) {
  const cut = words.filter(({ left, right }) => left < -0.5 || right > width + 0.5);
  const pairs = words.flatMap((one, index) => words.slice(index + 1).map((other) => [one, other]));
  const across = ([one, other]) => one.left < other.right && other.left < one.right;
  const down = ([one, other]) => one.top < other.bottom && other.top < one.bottom;
  const met = pairs.filter((pair) => pair.every(({ text }) => text) && across(pair) && down(pair));
  return [
    ...cut.map(({ text }) => `"${text}" is cut off`),
    ...met.map(([one, other]) => `"${one.text}" and "${other.text}" run into each other`),
  ];
}
