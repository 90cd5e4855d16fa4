// Registers the service worker, which keeps the client so that it opens without a network.

const ADDRESS = '/sw.js';

/** Once, after the first view. A browser that refuses works as ever, only not without a network. */
export async function registerWorker() {
  if (!navigator.serviceWorker) return;
  // The one address that this policy gives; it makes nothing of what it is given.
  const policy = window.trustedTypes?.createPolicy('worker', { createScriptURL: () => ADDRESS });
  await navigator.serviceWorker.register(policy ? policy.createScriptURL('') : ADDRESS).catch(() => {});
}
