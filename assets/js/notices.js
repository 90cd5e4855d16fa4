// Notices in a row: more than three people who came, or who went, are told in one line.

const MOST_ALONE = 3;
const WAYS = { joined: 'joined', added: 'joined', left: 'left', removed: 'left' };
const whom = (notice) => (notice.kind === 'added' || notice.kind === 'removed' ? notice.mentions : [notice.user]);

/**
 * Splits the notices of one row into lines.
 * @param {any[]} notices
 * @returns {{merged: 'joined'|'left'|null, people: number[], notices: any[]}[]} `merged`: told as one, of these people
 */
export function noteLines(notices) {
  const runs = [];
  for (const notice of notices) {
    const way = WAYS[notice.kind] ?? null;
    const before = runs.at(-1);
    if (way && before?.way === way) before.notices.push(notice);
    else runs.push({ way, notices: [notice] });
  }
  return runs.flatMap(({ way, notices }) => {
    const people = way ? [...new Set(notices.flatMap(whom))] : [];
    if (people.length > MOST_ALONE) return [{ merged: way, people, notices }];
    return notices.map((notice) => ({ merged: null, people: [], notices: [notice] }));
  });
}
