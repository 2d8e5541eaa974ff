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

/** A board. */
export async function board(address, id) {
  const summary = await ask(address, `/boards/${id}`);
  const velocity = await all(address, `/boards/${id}/velocity`);
  const sprints = await all(address, `/sprints?board=${encodeURIComponent(id)}`);
  const reports = new Map();
  for (const { sprint_id: sprint } of sprints) reports.set(sprint, await report(address, sprint, id));
  const parts = {
    head: ({ name }) => summary[name],
    sprints: ({ name, sprint }) => ofReport(reports.get(sprint), [], name),
    velocity: ({ name, sprint }) => {
      const row = velocity.find(({ sprint_id: of }) => of === sprint);
      return name === 'delivery_ratio' ? ratio(row.completed_points, row.committed_points) : row?.[name];
    },
  };
  const of = (number) => parts[number.part]?.(number);
  return { summary, velocity, sprints, of: await withNavigation(address, of) };
}

/** A sprint as a board shows it; `show` is the number that the issues behind are asked of. */
export async function sprint(address, { sprint_id: id, board_id: board }, show) {
  const here = `/sprints/${id}`;
  const asked = `board=${encodeURIComponent(board)}`;
  const [present, items, ledger, burndown] = await Promise.all([
    report(address, id, board),
    all(address, `${here}/items?${asked}`),
    all(address, `${here}/ledger?${asked}`),
    ask(address, `${here}/burndown?${asked}&points=${POINTS}`),
  ]);
  const byIssue = new Map(items.map((item) => [item.issue_id, item]));
  const byEntry = new Map(ledger.map((entry) => [`${entry.issue_id} ${entry.entry}`, entry]));
  const byTime = new Map(burndown.points.map((point) => [point.at, point]));
  const behind = items.filter((item) => isBehind(item, show));
  const ended = (outcome) => items.filter((item) => item.outcome === outcome && !item.subtask);
  const planned = (item) => ({ points: item.final_points ?? 0 });
  const parts = {
    report: ({ name }) => ofReport(present, items, name),
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
  return { report: present, items, behind, ledger, burndown, of: await withNavigation(address, of) };
}

function report(address, sprint, board) {
  return ask(address, `/sprints/${sprint}/report?board=${encodeURIComponent(board)}`);
}

/** One number of a report, by the name that the pages give it. */
export function ofReport({ points, issues, unestimated }, items, name) {
  if (name === 'delivery_ratio') return ratio(points.completed, points.committed);
  if (name === 'completion_rate') return ratio(points.completed, points.final_scope);
  if (name === 'unestimated_issues') return unestimated;
  if (name === 'reestimated_added_points' || name === 'reestimated_done_points') return sum(items, name);
  const [, what, unit] = /^(.*)_(points|issues)$/.exec(name) ?? [];
  return { points, issues }[unit]?.[what];
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
