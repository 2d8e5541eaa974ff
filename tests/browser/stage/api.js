// The interface for programs, as the pages' numbers are compared with it.

/** The `data` of a resource. */
export async function ask(address, path) {
  return (await answer(address, path)).data;
}

/** The whole answer. */
export async function answer(address, path) {
  const response = await fetch(`${address}/api/v1${path}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

/** All rows of a list, whatever its pages. */
export async function all(address, path) {
  const rows = [];
  let next = `${path}${path.includes('?') ? '&' : '?'}per_page=1000`;
  while (next) {
    const { data, links } = await answer(address, next);
    rows.push(...data);
    next = links.next?.replace('/api/v1', '');
  }
  return rows;
}

/** The address of a sprint's page, as a board shows it. */
export function sprintPage({ sprint_id: sprint, board_id: board }, more = {}) {
  return `/sprints/${sprint}?${new URLSearchParams({ board, ...more })}`;
}
