// The numbers of a page, as people see them and as the page says them to programs.

/** Every number, with what it is about: the nearest named part, board, sprint, issue, source, outcome, and row. */
export function numbers(page) {
  return page.evaluate(() => {
    const near = (element, name) => element.closest(`[data-${name}]`)?.dataset[name];
    return [...document.querySelectorAll('[data-number]')].map((element) => ({
      name: element.dataset.number,
      unit: element.dataset.unit,
      value: element.dataset.value,
      text: element.textContent.trim(),
      part: near(element, 'live') ?? 'page',
      board: near(element, 'board'),
      sprint: near(element, 'sprint'),
      issue: near(element, 'issue'),
      source: near(element, 'source'),
      outcome: near(element, 'outcome'),
      row: near(element, 'key'),
    }));
  });
}

/**
 * What is wrong with these numbers. `expected` says what each has to be, `null` where it is not known; a number that
 * nothing is expected of (`undefined`) is wrong as well: none goes unchecked.
 */
export function differences(found, expected) {
  const problems = [];
  for (const number of found) {
    const wanted = expected(number);
    const where = [number.part, number.board, number.sprint, number.outcome, number.row, number.name].filter(Boolean);
    const say = (what) => problems.push(`${where.join(' ')}: ${what}, shown as ${JSON.stringify(number.text)}`);
    if (wanted === undefined) say('nothing to compare it with');
    else if (!same(number.value, wanted)) say(`${number.value} instead of ${wanted}`);
    else if (!reads(number, wanted)) say(`reads unlike ${wanted}`);
  }
  return problems;
}

function same(value, wanted) {
  // Ratios are divided on both sides: their last bit may differ.
  return wanted === null ? value === 'null' : value !== 'null' && Math.abs(Number(value) - wanted) <= 1e-12;
}

/** Whether the words for people say the same. */
function reads({ text, unit, name }, wanted) {
  if (wanted === null) return text === missing(name, unit);
  if (unit === 'ratio') return text === percent(wanted);
  const number = /^[+-]?\d+(\.\d+)?/.exec(text.replace('−', '-'))?.[0];
  if (number === undefined) return false;
  // Means and their like are shown in tenths, estimates in hundredths.
  if (isStatistic(name)) return Math.abs(Number(number) - wanted) <= 0.05 + 1e-9;
  return Math.abs(Number(number) - wanted) <= (unit === 'points' ? 0.005 + 1e-9 : 0);
}

/** Whether a number is one that many sprints make. */
function isStatistic(name) {
  return /^(velocity|mean|median|p25|p75|spread)_/.test(name);
}

/** What stands for a number that there is not: an estimate may well be absent, anything else is not known. */
function missing(name, unit) {
  if (name === 'final_points') return 'none';
  return unit === 'ratio' || isStatistic(name) ? '–not known' : 'unknown';
}

/** In whole percent; a little is not nothing, and almost all is not all. */
function percent(ratio) {
  if (ratio < 0) return `−${percent(-ratio)}`;
  const whole = Math.round(ratio * 100);
  if (ratio > 0 && whole === 0) return 'under 1%';
  return `${ratio < 1 ? Math.min(whole, 99) : whole}%`;
}

/** The sum of a column, exact to a millionth; not known where one of the values is not. */
export function sum(rows, column) {
  const values = rows.map((row) => row[column]);
  if (values.some((value) => value === null || value === undefined)) return null;
  return values.reduce((total, value) => total + Math.round(value * 1e6), 0) / 1e6;
}

/** Part of a whole; not known where there is no whole. */
export function ratio(part, whole) {
  return part === null || whole === null || whole === 0 ? null : part / whole;
}
