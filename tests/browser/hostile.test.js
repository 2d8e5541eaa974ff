// Whatever people typed into Jira is shown as they typed it, and does nothing.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { all, sprintPage } from './stage/api.js';
import { DESK, PHONE, launch, named, picture, visit } from './stage/browser.js';
import { checks, fits, openAll, plain } from './stage/checks.js';
import { TEXTS, hostile } from './stage/hostile.js';
import { folder, run, synced } from './stage/server.js';

let browser;
let server;
let sprints;

before(async () => {
  const here = await folder('hostile');
  await hostile(here);
  await synced(here);
  [browser, server] = await Promise.all([launch(), run(here)]);
  sprints = await all(server.address, '/sprints');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Elements and attributes that no page has of its own: they would come from a text. */
const FOREIGN = [
  'main script:not([type="application/json"])',
  'main img',
  'main b',
  'main svg',
  'main iframe',
  'main textarea',
  '[onerror]',
  '[onload]',
  '[onmouseover]',
  'a[href^="javascript:" i]',
].join(', ');

/** What is wrong with how a page shows these texts: changed, cut without a way to see the rest, or come to life. */
async function shown(page, texts) {
  await openAll(page);
  await page.mouse.move(200, 400);
  return page.evaluate(
    ([texts, foreign]) => {
      const problems = [];
      if (window.pwned !== undefined) problems.push('a script of a text ran');
      for (const element of document.querySelectorAll(foreign))
        problems.push(`injected: ${element.outerHTML.slice(0, 100)}`);
      const there = new Set([...document.querySelectorAll('main *')].map((element) => element.textContent));
      for (const text of texts) {
        if (!there.has(text)) problems.push(`not shown as it is: ${text.slice(0, 60)}`);
      }
      return problems;
    },
    [texts, FOREIGN],
  );
}

/** The words of an element run in their own direction. */
function directed(page, selector, text, direction) {
  return page
    .evaluate(
      ([selector, text]) => {
        const found = [...document.querySelectorAll(selector)].find((element) => element.textContent === text);
        return found && getComputedStyle(found).direction;
      },
      [selector, text],
    )
    .then((found) => assert.equal(found, direction, text));
}

const texts = Object.values(TEXTS);

describe('every text on every page', () => {
  const pages = {
    'hostile-boards': ['/', texts],
    'hostile-board': ['/boards/acme/1', texts],
    'hostile-sprint': ['/sprints/acme/101', texts],
    'hostile-closed': ['/sprints/acme/100', texts],
    'hostile-future': ['/sprints/acme/102', texts],
    'hostile-behind': ['/sprints/acme/101?show=final_scope', texts],
    'hostile-rejected': ['/rejected', []],
    'hostile-sources': ['/sources', []],
  };
  for (const [name, [path, wanted]] of Object.entries(pages)) {
    for (const size of [PHONE, DESK]) {
      test(named(name, size, 'light'), async () => {
        const here = await visit(browser, `${server.address}${path}`, { size });
        const problems = await plain(here.page);
        await picture(here.page, named(name, size, 'light'));
        problems.push(...(await shown(here.page, wanted)), ...(await checks(here.page)));
        assert.deepEqual([...problems, ...(await here.end())], []);
      });
    }
  }
});

test('every sprint has its name and goal as they are', async () => {
  assert.equal(sprints.length, texts.length);
  for (const sprint of sprints) {
    const here = await visit(browser, `${server.address}${sprintPage(sprint)}`, { size: PHONE });
    const { page } = here;
    assert.equal(await page.locator('h1').textContent(), sprint.sprint_name);
    assert.equal(await page.locator('.goal .text').textContent(), sprint.goal);
    // A title has no two spaces in a row.
    const title = sprint.sprint_name.replace(/[\t\n\f\r ]+/g, ' ');
    assert.equal((await page.title()).slice(0, title.length), title);
    assert.deepEqual([...(await fits(page)), ...(await shown(page, [sprint.sprint_name])), ...(await here.end())], []);
  }
});

test('texts run in their own direction', async () => {
  const { hebrew, arabic, words } = TEXTS;
  const here = await visit(browser, `${server.address}/sprints/acme/101`);
  for (const text of [hebrew, arabic]) await directed(here.page, '.wide .text', text, 'rtl');
  await directed(here.page, '.wide .text', TEXTS.template, 'ltr');
  await here.end();
  const board = await visit(browser, `${server.address}/`);
  for (const text of [hebrew, arabic]) await directed(board.page, 'h2 a', text, 'rtl');
  await directed(board.page, 'h2 a', words, 'ltr');
  await board.end();
});

test('a search for a hostile text finds it and shows it', async () => {
  for (const text of [TEXTS.attribute, TEXTS.closing, TEXTS.quotes]) {
    const here = await visit(browser, `${server.address}/?${new URLSearchParams({ q: text })}`);
    assert.equal(await here.page.locator('#q').inputValue(), text);
    assert.ok((await here.page.locator('article.board').count()) > 0, `found by ${text}`);
    assert.deepEqual([...(await shown(here.page, [text])), ...(await here.end())], []);
  }
});
