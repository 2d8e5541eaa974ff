// Texts that people or attackers type into Jira, and installations that hold them.

import { board, issue, sprint, written } from './archive.js';

const LONG = 'Unbreakable'.repeat(28).slice(0, 300);

/** By name; each is to be shown as it is. */
export const TEXTS = {
  script: '<script>window.pwned=1</script>',
  image: '<img src=x onerror=window.pwned=1>',
  attribute: '"><b onmouseover="window.pwned=1">bold</b>',
  quotes: `'"\`&amp;&lt;</title></textarea></details>--><svg onload=window.pwned=1>`,
  closing: '</script><script>window.pwned=1</script>',
  template: '{{7*7}} ${7*7} <%= 7*7 %> #{7*7}',
  address: 'javascript:window.pwned=1',
  long: LONG,
  words: 'A title of many words that goes on and on '.repeat(8).slice(0, 300).trim(),
  arabic: 'إصلاح صفحة تسجيل الدخول للعملاء الجدد (٣)',
  hebrew: 'תיקון מסך ההתחברות ABC 123, ועוד קצת!',
  override: 'left \u202Eright\u202C left',
  emoji: '👩‍👩‍👧‍👦 🏳️‍🌈 ship it 🚀',
  combining: 'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́O̵̹̻̝̳͂̌̌͘',
  spaces: 'two  spaces\u00A0and\ttabs',
};

/** One sprint for each text, by the board's number; that of `emoji` is active, the first is closed. */
export const HOSTILE_BOARD = 1;

/** Boards, sprints and issues whose every name is hostile. */
export async function hostile(folder) {
  const texts = Object.values(TEXTS);
  const boards = texts.map((text, index) => board(HOSTILE_BOARD + index, text));
  const sprints = texts.map((text, index) => {
    const state = index % 3 === 0 ? 'closed' : index % 3 === 1 ? 'active' : 'future';
    return sprint(100 + index, HOSTILE_BOARD, {
      name: text,
      goal: text,
      state,
      days: state === 'closed' ? 20 + index : 5,
    });
  });
  const issues = texts.map((summary, index) =>
    issue(1000 + index, { summary, key: `T-${index}`, sprints, points: index }),
  );
  const archive = await written(folder, { boards, sprints, issues });
  const broken = texts.map((text) => `${JSON.stringify({ id: text })}\n{"half": "${text}\n`);
  await archive.appendText(broken.join(''));
  return archive;
}

/** Installations of which something is missing, by name, with the pages to look at. */
export const MISSING = {
  nothing: {
    archive: { boards: [], sprints: [], issues: [] },
    pages: ['/', '/sources', '/rejected'],
  },
  'no-sprints': {
    archive: { boards: [board(1, 'Quiet board')], sprints: [], issues: [issue(1)] },
    pages: ['/', '/boards/acme/1'],
  },
  'one-sprint': {
    archive: { boards: [board(1, 'New board')], sprints: [sprint(10, 1)], issues: [] },
    pages: ['/', '/boards/acme/1', '/sprints/acme/10'],
  },
  'one-closed-sprint': closed(),
  'future-only': future(),
  'no-history': historyless(),
  'no-boards': boardless(),
};

function closed() {
  const one = sprint(10, 1, { state: 'closed', days: 20 });
  const issues = [issue(1, { sprints: [one] }), issue(2, { sprints: [one], points: null })];
  return {
    archive: { boards: [board(1, 'Young board')], sprints: [one], issues },
    pages: ['/', '/boards/acme/1', '/sprints/acme/10'],
  };
}

function future() {
  const one = sprint(10, 1, { state: 'future' });
  const issues = [issue(1, { sprints: [one] }), issue(2, { sprints: [one], points: null })];
  return {
    archive: { boards: [board(1, 'Planned board')], sprints: [one], issues },
    pages: ['/', '/boards/acme/1', '/sprints/acme/10'],
  };
}

function historyless() {
  const [active, done] = [sprint(10, 1), sprint(11, 1, { state: 'closed', days: 30 })];
  const issues = [1, 2, 3].map((id) =>
    issue(id, { sprints: [active, done], status: id === 1 ? 'done' : 'open', complete: false }),
  );
  const pages = [
    '/',
    '/boards/acme/1',
    '/sprints/acme/10',
    '/sprints/acme/11',
    '/sprints/acme/10?show=added',
    '/sprints/acme/10?unit=issues',
  ];
  return { archive: { boards: [board(1, 'Board without a past')], sprints: [active, done], issues }, pages };
}

function boardless() {
  const one = sprint(10, 1);
  return {
    archive: { sprints: [one], issues: [issue(1, { sprints: [one] })] },
    pages: ['/', '/boards/acme/1', '/sprints/acme/10'],
  };
}
