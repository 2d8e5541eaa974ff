// Makes the picture of the README: the page of an active sprint of the demo, about in its middle.

import { fileURLToPath } from 'node:url';

import { all, ask, sprintPage } from './stage/api.js';
import { DESK, launch, visit } from './stage/browser.js';
import { demo } from './stage/server.js';

const OUT = process.argv[2] ?? fileURLToPath(new URL('readme.png', import.meta.url));

/** Room below the chart. */
const MARGIN = 8;

/** The sprint that is the furthest from both its ends, and has been changed on the way. */
async function middle(address) {
  const rated = [];
  for (const sprint of await all(address, '/sprints?state=active')) {
    const { points } = await ask(
      address,
      `/sprints/${sprint.sprint_id}/report?board=${encodeURIComponent(sprint.board_id)}`,
    );
    const [start, end] = [sprint.started_at, sprint.planned_end_at].map((at) => Date.parse(at));
    const gone = (Date.now() - start) / (end - start);
    const done = points.final_scope ? points.completed / points.final_scope : 0;
    const lively = [points.added, points.removed, points.reestimated].filter(Boolean).length;
    // What is written in Latin letters needs no fonts that a machine for tests may not have.
    if (/[^\p{Script=Latin}\p{Script=Common}]/u.test(`${sprint.sprint_name} ${sprint.goal}`)) continue;
    // Something is done, as much as one would hope for, and something has happened to the scope.
    rated.push({ sprint, rate: lively - 4 * Math.abs(gone - 0.6) - 2 * Math.abs(done - gone) });
  }
  return rated.sort((one, other) => other.rate - one.rate)[0].sprint;
}

const [browser, server] = await Promise.all([launch(), demo('--seed', '1')]);
try {
  const sprint = await middle(server.address);
  const here = await visit(browser, `${server.address}${sprintPage(sprint)}`);
  const chart = await here.page.locator('figure[data-chart] .plot').boundingBox();
  const clip = { x: 0, y: 0, width: DESK.width, height: Math.ceil(chart.y + chart.height + MARGIN) };
  await here.page.screenshot({ path: OUT, fullPage: true, clip, animations: 'disabled' });
  const problems = await here.end();
  if (problems.length > 0) throw new Error(problems.join('\n'));
  console.log(`${OUT}: ${sprint.sprint_name}`);
} finally {
  await browser.close();
  await server.stop();
}
