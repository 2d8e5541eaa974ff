// Compares every number on the pages with the interface for programs, on an archive that does not change.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { all, sprintPage } from './stage/api.js';
import { SPRINTS, generated, issue } from './stage/archive.js';
import { launch, visit } from './stage/browser.js';
import * as expected from './stage/expected.js';
import { differences, numbers, sum } from './stage/numbers.js';
import { configure, folder, run, synced } from './stage/server.js';

/** The numbers of a report that have points and issues behind them. */
const BEHIND = ['committed', 'added', 'removed', 'reestimated', 'final_scope', 'completed', 'not_completed'];

/** What tells the disciplines; issues of other types have none. */
const DISCIPLINES = [
  '[disciplines]',
  'rules = [{ issue_type = "Story", discipline = "back & front" }, { issue_type = "Bug", discipline = "qa" }]',
];

/** As many entries of a ledger as stand on one page. */
const ENTRIES = 100;

let browser;
let server;

before(async () => {
  const here = await folder('numbers');
  const archive = await generated(here, '--seed', '11', '--boards', '3', '--sprints', '6', '--issues', '300');
  // Something is missing and something is broken, so that unknown numbers and rejected records are compared as well.
  const records = [...(await archive.read()).values()];
  const { fields } = records.find((record) => record.fields[SPRINTS]?.some(({ state }) => state === 'active'));
  const without = issue(99_001, { complete: false });
  without.fields[SPRINTS] = fields[SPRINTS];
  await archive.append(without);
  await archive.appendText('this is no record\n');
  await configure(here, { more: DISCIPLINES });
  await synced(here);
  [browser, server] = await Promise.all([launch(), run(here)]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opens a page, compares its numbers, and hands it to `more` for what else there is to compare. */
async function compared(path, of, more = async () => {}) {
  const here = await visit(browser, `${server.address}${path}`);
  const found = await numbers(here.page);
  const problems = differences(found, of);
  await more(here.page, found);
  assert.deepEqual([...problems, ...(await here.end())], [], path);
  return found;
}

const rowsOf = (page, part) => page.locator(`[data-live="${part}"] tbody tr`).count();

/** The numbers that a chart is drawn from. */
function drawing(page) {
  const script = page.locator('figure[data-chart] > script[type="application/json"]');
  return script.evaluate((element) => JSON.parse(element.textContent));
}

test('boards', async () => {
  const { list, reports, of } = await expected.boards(server.address);
  const found = await compared('/', of);
  assert.ok(found.length > list.length);
  for (const { board_id: board, active_sprints: active } of list) {
    for (const running of active) {
      const { points, issues } = reports.get(`${board} ${running.sprint_id}`);
      const both = [running.final_scope_points, running.completed_issues];
      assert.deepEqual(both, [points.final_scope, issues.completed], 'the list of boards and the report agree');
    }
  }
});

test('each board', async (t) => {
  for (const { board_id: id } of await all(server.address, '/boards')) {
    const { velocity, windows, sprints, of } = await expected.board(server.address, id);
    const found = await compared(`/boards/${id}`, of, async (page) => {
      const bars = (await drawing(page)).map((bar) => [bar.name, bar.committed, bar.completed, bar.velocity]);
      const rows = velocity.slice(0, 12).reverse();
      const mean = ({ sprint_id: id }) => windows.find((row) => row.sprint_id === id).mean_points;
      const wanted = rows.map((row) => [row.sprint_name, row.committed_points, row.completed_points, mean(row)]);
      assert.deepEqual(bars, wanted, 'the chart');
      assert.equal(await rowsOf(page, 'sprints'), sprints.length, 'rows of sprints');
    });
    t.diagnostic(`${id}: ${found.length} numbers`);
  }
});

test('velocity over each window', async () => {
  const [{ board_id: id }] = await all(server.address, '/boards');
  for (const window of [3, 5, 12]) {
    const { windows, of } = await expected.board(server.address, id, window);
    await compared(`/boards/${id}?window=${window}`, of, async (page) => {
      const line = (await drawing(page)).map((bar) => bar.velocity);
      const wanted = windows.slice(0, 12).map((row) => row.mean_points);
      assert.deepEqual(line, wanted.reverse(), 'the line in the chart');
    });
  }
});

describe('sprints', () => {
  for (const unit of ['points', 'issues']) {
    test(`in ${unit}`, async (t) => {
      let unknown = 0;
      const chosen = await expected.chosenSprints(server.address);
      for (const sprint of chosen) {
        const { report, items, ledger, burndown, of } = await expected.sprint(server.address, sprint);
        await compared(sprintPage(sprint, unit === 'points' ? {} : { unit }), of, async (page, found) => {
          unknown += found.filter(({ value }) => value === 'null').length;
          assert.equal(await rowsOf(page, 'items'), items.length, 'rows of issues');
          if (report.sprint.state === 'future') return;
          assert.equal(await rowsOf(page, 'ledger'), Math.min(ENTRIES, ledger.length), 'rows of the ledger');
          sameBurndown(await drawing(page), burndown, unit);
        });
      }
      t.diagnostic(`${chosen.length} sprints, ${unknown} unknown numbers`);
      assert.ok(unknown > 0, 'an issue without a history makes numbers unknown');
    });
  }

  test('the issues behind each number add up to it', async () => {
    const closed = (await expected.chosenSprints(server.address)).filter(({ state }) => state === 'closed');
    for (const sprint of closed.slice(0, 2)) {
      for (const show of BEHIND) {
        const { report, behind, of } = await expected.sprint(server.address, sprint, show);
        await compared(sprintPage(sprint, { show }), of, async (page, found) => {
          const shares = found.filter(({ name }) => name === 'share_points');
          const points = sum(
            shares.map(({ value }) => ({ points: Number(value) })),
            'points',
          );
          assert.equal(points, report.points[show], `${sprint.sprint_id}: points ${show}`);
          assert.equal(shares.length, behind.length, `${sprint.sprint_id}: issues behind ${show}`);
          // An issue that came or went twice counts twice.
          const entries = ['added', 'removed'].includes(show) ? sum(behind, `${show}_entries`) : behind.length;
          assert.equal(entries, report.issues[show], `${sprint.sprint_id}: issues ${show}`);
        });
      }
    }
  });
});

test('the issues behind each number of a discipline add up to it', async () => {
  const [sprint] = (await expected.chosenSprints(server.address)).filter(({ state }) => state === 'closed');
  const { disciplines } = await expected.sprint(server.address, sprint);
  assert.deepEqual(
    disciplines.map(({ discipline }) => discipline),
    ['back & front', 'qa', 'unassigned'],
  );
  for (const row of disciplines) {
    for (const show of ['committed', 'added', 'completed']) {
      const { discipline } = row;
      const { behind, of } = await expected.sprint(server.address, sprint, show, discipline);
      await compared(sprintPage(sprint, { show, discipline }), of, async (page, found) => {
        const shares = found.filter(({ name }) => name === 'share_points').map(({ value }) => ({ points: Number(value) }));
        assert.equal(shares.length, behind.length, `${discipline}: issues behind ${show}`);
        assert.equal(sum(shares, 'points'), row[`${show}_points`], `${discipline}: ${show}`);
      });
    }
  }
});

/** The chart is drawn from the same burndown. */
function sameBurndown(drawn, burndown, unit) {
  const amounts = (point) => ['scope', 'remaining', 'completed'].map((what) => point[`${what}_${unit}`]);
  const wanted = burndown.points.map((point) => [Date.parse(point.at), ...amounts(point)]);
  assert.deepEqual(
    drawn.points.map(({ at, scope, remaining, completed }) => [at, scope, remaining, completed]),
    wanted,
  );
  if (unit === 'points') {
    const guideline = burndown.guideline.map(({ at, points }) => [Date.parse(at), points]);
    assert.deepEqual(drawn.guideline, guideline, 'the guideline');
  }
}

test('sources and rejected records', async () => {
  const { address } = server;
  const sources = await all(address, '/sources');
  const rejected = await all(address, '/rejected');
  assert.ok(rejected.length > 0, 'a broken line is rejected');
  const state = ({ name, source }) => sources.find((one) => one.name === source)?.[name];
  await compared('/sources', await expected.withNavigation(address, state));
  const found = ({ name }) => (name === 'found' ? rejected.length : undefined);
  await compared('/rejected', await expected.withNavigation(address, found));
});
