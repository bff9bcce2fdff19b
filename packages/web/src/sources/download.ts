/** Fetches a file and says how far it is. */
import { CdamMapError } from '../errors.ts';

/**
 * The bytes of a file.
 *
 * @param progress called after each piece; `total` is undefined where the server does not say how long the file is
 * @throws CdamMapError `network` when there is no such file, or when the connection breaks
 */
export async function download(
  url: string,
  signal: AbortSignal,
  progress: (loaded: number, total: number | undefined) => void,
): Promise<Uint8Array> {
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    throw new CdamMapError('network', `The file ${url} could not be fetched: ${reasonOf(cause)}.`, { cause });
  });
  if (!response.ok || response.body === null)
    throw new CdamMapError('network', `The file ${url} could not be fetched: the server answers ${response.status}.`);
  // The length of a compressed answer is not that of the file.
  const length = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length'));
  const total = length > 0 ? length : undefined;
  const pieces: Uint8Array[] = [];
  let loaded = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new CdamMapError('network', `The file ${url} broke off after ${loaded} bytes: ${reasonOf(cause)}.`, { cause });
    });
    if (done) break;
    pieces.push(value);
    loaded += value.length;
    progress(loaded, total);
  }
  return joined(pieces, loaded);
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
