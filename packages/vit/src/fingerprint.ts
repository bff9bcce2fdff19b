/**
 * A digest of a model's weights, by which a concept file recognises the model that made it.
 */
import type { Tensor } from '@cdam/tensor';

/**
 * SHA-256 of the names and values of all weights, in hexadecimal digits. It is the same on every backend. Position embeddings are left
 * out, since they depend on the input size.
 */
export async function fingerprintOf(weights: Readonly<Record<string, Tensor>>): Promise<string> {
  const digests: string[] = [];
  for (const [name, weight] of Object.entries(weights).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (name === 'pos_embed') continue;
    const values = await weight.data();
    digests.push(`${name} ${await sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))}`);
  }
  return await sha256(new TextEncoder().encode(digests.join('\n')));
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
