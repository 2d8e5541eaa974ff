// Archives: what Jira returned, as files. Generated ones to begin with, and changes as they would be appended.

import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { command, configure } from './server.js';

export const SPRINTS = 'customfield_10020';
export const POINTS = 'customfield_10016';

/** Ids of histories that no archive has yet. */
let history = 90_000_000;

/** An archive of an installation. */
export class Archive {
  constructor(folder) {
    this.folder = join(folder, 'archive');
    this.issues = join(this.folder, 'issues.ndjson');
  }

  /** The last statement of every issue, by id. */
  async read() {
    const text = await readFile(this.issues, 'utf8');
    const records = text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    // Lines may be repeated and outdated: of an issue the one with the longest history is the newest.
    const newest = new Map();
    const length = (record) => record?.changelog.histories.length ?? -1;
    for (const record of records) if (length(record) > length(newest.get(record.id))) newest.set(record.id, record);
    return newest;
  }

  /** Appends statements of issues as one write. */
  append(...records) {
    return this.appendText(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  }

  appendText(text) {
    return appendFile(this.issues, text);
  }

  /** Replaces a file of the archive. */
  write(name, value) {
    return writeFile(join(this.folder, name), JSON.stringify(value));
  }
}

/** An installation in `folder` with a generated archive, its issues unpacked so that it can grow. */
export async function generated(folder, ...args) {
  const archive = new Archive(folder);
  await command(['generate', '--out', archive.folder, ...args]);
  const packed = join(archive.folder, 'issues.ndjson.gz');
  await writeFile(archive.issues, gunzipSync(await readFile(packed)));
  await rm(packed);
  await configure(folder);
  return archive;
}

/** An installation in `folder` with an archive made of these values. */
export async function written(folder, { boards, sprints, issues }) {
  const archive = new Archive(folder);
  await mkdir(archive.folder, { recursive: true });
  if (boards) await archive.write('boards.json', boards);
  await archive.write('sprints.json', sprints);
  await archive.write('fields.json', FIELDS);
  await archive.write('statuses.json', Object.values(STATUSES));
  await writeFile(archive.issues, '');
  await archive.append(...issues);
  await configure(folder);
  return archive;
}

/** What the source says of an issue after somebody has estimated it anew: one history more. */
export function reestimated(record, points) {
  const next = structuredClone(record);
  const now = new Date(Math.max(Date.now(), Date.parse(record.fields.updated) + 1)).toISOString().replace('Z', '+0000');
  const before = record.fields[POINTS];
  const text = before === null || before === undefined ? null : String(before);
  next.fields[POINTS] = points;
  next.fields.updated = now;
  history += 1;
  next.changelog.histories.push({
    id: String(history),
    author: { accountId: 'browser', displayName: 'Browser test', active: true },
    created: now,
    items: [
      {
        field: 'Story Points',
        fieldtype: 'custom',
        fieldId: POINTS,
        from: null,
        fromString: text,
        to: null,
        toString: String(points),
      },
    ],
  });
  next.changelog.total = next.changelog.maxResults = next.changelog.histories.length;
  return next;
}

const category = (id, key, name) => ({ id, key, name });

const STATUSES = {
  open: { id: '1', name: 'To Do', statusCategory: category(2, 'new', 'To Do') },
  done: { id: '3', name: 'Done', statusCategory: category(3, 'done', 'Done') },
};

const FIELDS = [
  {
    id: POINTS,
    name: 'Story Points',
    custom: true,
    schema: { type: 'number', custom: 'com.atlassian.jira.plugin.system.customfieldtypes:float', customId: 10016 },
  },
  {
    id: SPRINTS,
    name: 'Sprint',
    custom: true,
    schema: { type: 'array', custom: 'com.pyxis.greenhopper.jira:gh-sprint', customId: 10020 },
  },
];

/** A scrum board whose last column is done. */
export function board(id, name) {
  const columns = Object.values(STATUSES).map((status) => ({ name: status.name, statuses: [{ id: status.id }] }));
  const configuration = {
    id,
    name,
    type: 'scrum',
    columnConfig: { columns },
    estimation: { type: 'field', field: { fieldId: POINTS, displayName: 'Story Points' } },
  };
  return { id, name, type: 'scrum', configuration };
}

/** A sprint of `board`; `days` is how long ago it started, less than none for a future one. */
export function sprint(id, boardId, { name = `Sprint ${id}`, state = 'active', goal = '', days = 5 } = {}) {
  const at = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString();
  const dates = state === 'future' ? {} : { startDate: at(days), endDate: at(days - 10) };
  const closed = state === 'closed' ? { completeDate: at(days - 10) } : {};
  return { id, state, name, goal, originBoardId: boardId, createdDate: at(days + 1), ...dates, ...closed };
}

/** An issue that is in `sprints` from the beginning. `complete: false` leaves its history out. */
export function issue(
  id,
  { summary = `Issue ${id}`, key = `TEST-${id}`, sprints = [], points = 3, status = 'open', complete = true } = {},
) {
  const created = new Date(Date.now() - 30 * 86_400_000).toISOString().replace('Z', '+0000');
  const changelog = { startAt: 0, maxResults: 0, total: 0, histories: [] };
  return {
    id: String(id),
    key,
    fields: {
      summary,
      created,
      updated: created,
      issuetype: { id: '10001', name: 'Story', subtask: false },
      project: { id: '1', key: 'TEST', name: 'Test' },
      status: STATUSES[status],
      [SPRINTS]: sprints.map(({ originBoardId: boardId, ...rest }) => ({ ...rest, boardId })),
      [POINTS]: points,
    },
    ...(complete ? { changelog } : {}),
  };
}
