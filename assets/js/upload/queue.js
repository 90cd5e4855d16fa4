// Work in the order in which it was asked for, a few at once.

const AT_ONCE = 3;

const waiting = [];
let running = 0;

/**
 * Runs something when it is its turn.
 * @param {() => Promise<void>} run never rejects
 * @param {AbortSignal} signal takes it out of the row
 */
export function inTurn(run, signal) {
  waiting.push({ run, signal });
  next();
}

async function next() {
  while (running < AT_ONCE && waiting.length) {
    const { run, signal } = waiting.shift();
    if (signal.aborted) continue;
    running++;
    run().finally(() => {
      running--;
      next();
    });
  }
}
