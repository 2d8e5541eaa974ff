// With a token in the configuration people sign in first; pages then work, and stay fresh, as they do without one.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { generated } from './stage/archive.js';
import { DESK, PHONE, drawn, launch, named, picture, visit } from './stage/browser.js';
import { checks } from './stage/checks.js';
import { configure, folder, run, synced } from './stage/server.js';

const TOKEN = 'a token of some length, for the browser tests';

let browser;
let server;

before(async () => {
  const here = await folder('login');
  await generated(here, '--boards', '1', '--sprints', '3', '--issues', '30');
  await configure(here, { token: TOKEN });
  await synced(here);
  [browser, server] = await Promise.all([launch(), run(here)]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Types a token and sends it. */
async function signIn(page, token) {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

describe('the page to sign in', () => {
  for (const size of [PHONE, DESK]) {
    for (const theme of ['light', 'dark']) {
      const name = named('login', size, theme);
      test(name, async () => {
        const here = await visit(browser, `${server.address}/`, { size, theme });
        assert.equal(new URL(here.page.url()).pathname, '/login');
        const problems = await checks(here.page);
        await picture(here.page, name);
        assert.deepEqual([...problems, ...(await here.end())], []);
      });
    }
  }
});

test('a wrong token is told, and lets nobody in', async () => {
  const here = await visit(browser, `${server.address}/login`);
  here.watching = false;
  await signIn(here.page, 'a wrong one');
  const alert = here.page.getByRole('alert');
  await alert.waitFor();
  assert.equal(await here.page.getByLabel('Token').getAttribute('aria-invalid'), 'true');
  assert.equal(await here.page.getByLabel('Token').inputValue(), '', 'a secret is not written into a page');
  const problems = await checks(here.page);
  await picture(here.page, named('login-wrong', DESK, 'light'));
  await here.page.goto(`${server.address}/sources`);
  assert.equal(new URL(here.page.url()).pathname, '/login');
  assert.deepEqual([...problems, ...(await here.end())], []);
});

for (const scripts of [true, false]) {
  test(`the right token lets people in ${scripts ? 'with' : 'without'} scripts`, async () => {
    const here = await visit(browser, `${server.address}/`, { scripts });
    await signIn(here.page, TOKEN);
    await here.page.getByRole('heading', { level: 1, name: 'Boards' }).waitFor();
    await here.page.locator('.running a').first().click();
    await here.page.locator('main .title').waitFor();
    if (scripts) {
      await drawn(here.page);
      await here.page.waitForSelector('#live[data-state="connected"]');
    }
    // The page before this one had a connection that ended with it.
    const problems = (await here.end()).filter(
      (problem) => !/^failed: .*\/api\/v1\/events.* net::ERR_ABORTED$/.test(problem),
    );
    assert.deepEqual(problems, []);
  });
}
