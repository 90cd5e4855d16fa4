// Passkeys: between the server's JSON and what the browser's `navigator.credentials` takes and gives.
import { api } from './api.js';

const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

/** Whether this browser, at this address, has passkeys: they belong to a name. */
export const possible = () =>
  'credentials' in navigator && 'PublicKeyCredential' in window && !/^(\d+\.){3}\d+$|^\[/.test(location.hostname);

/** Why a browser made or showed none: 'cancelled' (or too slow), 'here' (the device has one already), 'untrusted' (the certificate), else ''. */
export function reason(error) {
  if (error.name === 'InvalidStateError') return 'here';
  if (error.name === 'SecurityError' || /certificate/i.test(error.message)) return 'untrusted';
  return ['NotAllowedError', 'AbortError'].includes(error.name) ? 'cancelled' : '';
}

/** Makes a passkey on this device. @param {string} name what it shall be called @returns {Promise<{passkey: any, recovery_codes: string[]|null}>} */
export async function make(name) {
  const { id, publicKey } = await api('POST', '/me/passkeys/options', {});
  const made = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: publicKey.excludeCredentials.map((one) => ({ ...one, id: bytes(one.id) })),
    },
  });
  const { clientDataJSON, attestationObject } = made.response;
  const response = {
    clientDataJSON: text(clientDataJSON),
    attestationObject: text(attestationObject),
    transports: made.response.getTransports?.() ?? [],
  };
  return api('POST', '/me/passkeys', { id, name, credential: { id: made.id, type: made.type, response } });
}

/** Shows a passkey of this device. @returns {Promise<{id: string, credential: any}>} the answer to a challenge of the server */
export async function show() {
  const { id, publicKey } = await api('POST', '/auth/passkey/options', {});
  const shown = await navigator.credentials.get({ publicKey: { ...publicKey, challenge: bytes(publicKey.challenge) } });
  const { clientDataJSON, authenticatorData, signature, userHandle } = shown.response;
  const response = {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle?.byteLength ? text(userHandle) : null,
  };
  return { id, credential: { id: shown.id, type: shown.type, response } };
}
