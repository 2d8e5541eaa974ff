// What the numbers of a page have to be, as the interface for programs says it. Each function asks it for one page, and
// returns `of(number)`: the expected value, `null` where it is not known, `undefined` where there should be no number.

import { all, ask } from './api.js';
import { ratio, sum } from './numbers.js';

/** As many points of a burndown as a page shows at most. */
const POINTS = 400;

/** What stands on every page. */
export async function withNavigation(address, of) {
  const rejected = (await all(address, '/rejected')).length;
  return (number) => (number.part === 'navigation' && number.name === 'rejected' ? rejected : of(number));
}

/** The list of boards. */
export async function boards(address) {
  const list = await all(address, '/boards');
  const reports = new Map();
  for (const { board_id: board, active_sprints: active } of list) {
    for (const { sprint_id: sprint } of active) reports.set(`${board} ${sprint}`, await report(address, sprint, board));
  }
  const of = ({ name, board, sprint }) => {
    if (name === 'boards') return list.length;
    if (sprint) return ofReport(reports.get(`${board} ${sprint}`), [], name);
    return list.find(({ board_id: id }) => id === board)?.[name];
  };
  return { list, reports, of: await withNavigation(address, of) };
}

/** So often carried over is often. */
const OFTEN = 3;

/** A board; `window` is how many closed sprints its velocity is made of. */
export async function board(address, id, window = 7) {
  const summary = await ask(address, `/boards/${id}`);
  const velocity = await all(address, `/boards/${id}/velocity`);
  const windows = await all(address, `/boards/${id}/velocity-windows?window=${window}`);
  const often = await all(address, `/boards/${id}/carry-over?latest=true&min_count=${OFTEN}`);
  const ways = carried(await all(address, `/boards/${id}/carry-over`), often);
  const sprints = await all(address, `/sprints?board=${encodeURIComponent(id)}`);
  const reports = new Map();
  for (const { sprint_id: sprint } of sprints) reports.set(sprint, await report(address, sprint, id));
  const parts = {
    head: ({ name }) => summary[name],
    sprints: ({ name, sprint }) => ofReport(reports.get(sprint), [], name),
    velocity: ({ name, sprint }) => {
      if (!sprint) return ofWindow(windows[0], name);
      const row = velocity.find(({ sprint_id: of }) => of === sprint);
      if (name === 'mean_points') return windows.find(({ sprint_id: of }) => of === sprint)?.mean_points;
      return name === 'delivery_ratio' ? ratio(row.completed_points, row.committed_points) : row?.[name];
    },
    carried: (number) => {
      if (number.name === 'often_carried_issues') return often.length;
      if (number.name === 'open_carried_issues') return often.filter((leg) => leg.closed_at === null).length;
      return ways(number);
    },
  };
  const of = (number) => parts[number.part]?.(number);
  return { summary, velocity, windows, sprints, often, of: await withNavigation(address, of) };
}

/** One number of the statistics over a window. */
function ofWindow(row, name) {
  const [, unit] = /^spread_(.*)$/.exec(name) ?? [];
  return unit ? row[`p75_${unit}`] - row[`p25_${unit}`] : row[name];
}

/** The numbers of issues that were carried over: `legs` are all of a board, `last` those at the end of what is shown. */
function carried(legs, last) {
  const legOf = (issue, sprint) => legs.find((leg) => leg.issue_id === issue && leg.sprint_id === sprint);
  const way = (leg) => {
    const before = leg.carried_in_from && legOf(leg.issue_id, leg.carried_in_from);
    return before ? [...way(before), leg] : [leg];
  };
  return ({ name, issue, sprint }) => {
    if (sprint) return legOf(issue, sprint)?.[name];
    const leg = last.find((one) => one.issue_id === issue);
    return name === 'chain_burned_points' ? sum(way(leg), 'burned_points') : leg?.[name];
  };
}

/**
 * A sprint as a board shows it; `show` is the number that the issues behind are asked of, `discipline` the one that they
 * are to have.
 */
export async function sprint(address, { sprint_id: id, board_id: board }, show, discipline) {
  const here = `/sprints/${id}`;
  const asked = `board=${encodeURIComponent(board)}`;
  const [present, items, ledger, burndown, disciplines, legs, way] = await Promise.all([
    report(address, id, board),
    all(address, `${here}/items?${asked}`),
    all(address, `${here}/ledger?${asked}`),
    ask(address, `${here}/burndown?${asked}&points=${POINTS}`),
    all(address, `${here}/disciplines?${asked}`),
    all(address, `/boards/${board}/carry-over`),
    all(address, `${here}/carry-over?${asked}&min_count=1`),
  ]);
  const ways = carried(legs, way);
  const byIssue = new Map(items.map((item) => [item.issue_id, item]));
  const byEntry = new Map(ledger.map((entry) => [`${entry.issue_id} ${entry.entry}`, entry]));
  const byTime = new Map(burndown.points.map((point) => [point.at, point]));
  const listed = items.filter((item) => !discipline || item.discipline === discipline);
  const behind = listed.filter((item) => isBehind(item, show));
  const ended = (outcome) => listed.filter((item) => item.outcome === outcome && !item.subtask);
  const planned = (item) => ({ points: item.final_points ?? 0 });
  const parts = {
    report: ({ name }) => ofReport(present, items, name),
    disciplines: ({ name, row }) => ofDiscipline(present, row && disciplines.find((one) => one.discipline === row), name),
    carried: (number) => {
      if (number.name === 'carried_in_issues') return way.length;
      if (number.name === 'often_carried_issues') return way.filter((leg) => leg.carry_count >= OFTEN).length;
      return ways(number);
    },
    burndown: ({ name, row }) => byTime.get(row)?.[name],
    ledger: ({ name, row }) => (name === 'entries' ? ledger.length : byEntry.get(row)?.[name]),
    items: ({ name, issue, outcome }) => {
      if (name === 'group_issues') return ended(outcome).length;
      if (name === 'planned_points') return sum(ended(outcome).map(planned), 'points');
      if (name === 'shown_issues') return behind.length;
      return name === 'share_points' ? byIssue.get(issue)?.[`${show}_points`] : byIssue.get(issue)?.[name];
    },
  };
  const of = (number) => parts[number.part]?.(number);
  return { report: present, items, behind, ledger, burndown, disciplines, way, of: await withNavigation(address, of) };
}

function report(address, sprint, board) {
  return ask(address, `/sprints/${sprint}/report?board=${encodeURIComponent(board)}`);
}

/** One number of a report, by the name that the pages give it. */
export function ofReport({ points, issues, unestimated, predictability }, items, name) {
  if (name === 'unestimated_issues') return unestimated;
  if (name === 'reestimated_added_points' || name === 'reestimated_done_points') return sum(items, name);
  const [, what, unit] = /^(.*)_(points|issues)$/.exec(name) ?? [];
  const numbers = { ...{ points, issues }[unit], ...predictability[unit] };
  return numbers[what];
}

/** One number of a discipline's row, or of the row of all together. */
function ofDiscipline(report, row, name) {
  const [, unit] = /^completion_rate_(.*)$/.exec(name) ?? [];
  if (!row) return ofReport(report, [], name);
  return unit ? ratio(row[`completed_${unit}`], row[`final_scope_${unit}`]) : row[name];
}

/** Whether an issue is one of those that a number of the report counts. */
function isBehind(item, show) {
  if (!item.counted) return false;
  if (['completed', 'not_completed'].includes(show)) return item.outcome === show;
  if (show === 'final_scope') return ['completed', 'not_completed'].includes(item.outcome);
  if (show === 'reestimated') return item.marks.split(' ').includes('reestimated');
  return show === 'committed' ? item.committed : item[`${show}_entries`] > 0;
}

/** One sprint of each state on each board, two of those that are closed. */
export async function chosenSprints(address) {
  const most = { active: 1, closed: 2, future: 1 };
  const chosen = new Map();
  for (const sprint of await all(address, '/sprints')) {
    const key = `${sprint.board_id} ${sprint.state}`;
    const before = chosen.get(key) ?? [];
    if (before.length < most[sprint.state]) chosen.set(key, [...before, sprint]);
  }
  return [...chosen.values()].flat();
}
