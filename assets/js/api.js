// Requests to the server, with its problem details as errors.

/** What the server, or the lack of one, answered instead of what was asked for. */
export class ApiError extends Error {
  /** @param {number} status 0 when no server answered @param {{code?: string, detail?: string, field?: string}} problem @param {number} retryAfter seconds */
  constructor(status, problem, retryAfter = 0) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.status = status;
    this.code = problem.code || (status ? 'unknown' : 'offline');
    this.detail = problem.detail || '';
    this.field = problem.field || null;
    this.methods = problem.methods ?? [];
    this.retryAfter = retryAfter;
  }
}

let ended = () => {};
/** @param {(problem: ApiError) => void} callback called when a request shows that the session is over, or good for nothing until there is a second factor */
export const onSessionEnded = (callback) => (ended = callback);

/**
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {object|Blob} [body] a blob is sent as it is
 * @param {{keepalive?: boolean, signal?: AbortSignal}} [how] `keepalive`: it is sent even if the page goes
 * @returns {Promise<any>} the JSON answer, null for 204
 */
export async function api(method, path, body, { keepalive = false, signal } = {}) {
  let answer;
  const raw = body instanceof Blob;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      headers: body === undefined ? {} : { 'content-type': raw ? body.type : 'application/json' },
      body: body === undefined || raw ? body : JSON.stringify(body),
      cache: 'no-store',
      keepalive,
      signal,
    });
  } catch {
    throw new ApiError(0, {});
  }
  if (answer.status === 204) return null;
  const data = await answer.json().catch(() => ({}));
  if (answer.ok) return data;
  const problem = new ApiError(answer.status, data, Number(answer.headers.get('retry-after')) || 0);
  if ((answer.status === 401 && !path.startsWith('/auth/')) || problem.code === 'second_factor_needed') ended(problem);
  throw problem;
}
