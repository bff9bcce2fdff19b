/**
 * Reads and writes files with pictures. Pixel values are those that Pillow's `convert('RGB')` gives, since models are trained on them: so
 * colour profiles are not applied. Photos are rotated as their EXIF orientation says, and transparent pictures get a white background.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Picture } from '@cdam/vit';
import type { RgbaImage } from 'cdam';
import sharp, { type Metadata } from 'sharp';
import { CliError, systemCode } from './errors.ts';

const FORMATS = ['jpeg', 'png', 'webp'];

/**
 * Reads a JPEG, PNG or WebP file as 8-bit RGB.
 * @throws CliError `image` when there is no such file, when it is damaged, or when it has another format
 */
export async function readPicture(path: string): Promise<Picture> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new CliError('image', unreadable(path, systemCode(cause)), { cause });
  });
  const { format } = await readMetadata(path, bytes);
  if (!FORMATS.includes(format)) throw new CliError('image', `${path} is ${format.toUpperCase()}; convert it to JPEG, PNG or WebP`);
  try {
    const { data, info } = await sharp(bytes, { failOn: 'error', ignoreIcc: true })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, channels: 3, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  } catch (cause) {
    throw new CliError('image', `${path} is damaged or cut short (${reason(cause)}); get the file again`, { cause });
  }
}

/**
 * Writes a PNG.
 * @throws CliError `output` when it cannot be written
 */
export async function writePng(path: string, { width, height, data }: RgbaImage | Picture): Promise<void> {
  const channels = data.length === width * height * 4 ? 4 : 3;
  const png = await sharp(data, { raw: { width, height, channels } }).png().toBuffer();
  await writeOutput(path, png);
}

/**
 * Writes a file, and makes its folder.
 * @throws CliError `output` when it cannot be written
 */
export async function writeOutput(path: string, content: Uint8Array | string): Promise<void> {
  await makeFolder(dirname(path));
  await writeFile(path, content).catch((cause: unknown) => {
    throw new CliError('output', `cannot write ${path} (${systemCode(cause) ?? reason(cause)}); choose another place`, { cause });
  });
}

/**
 * Makes a folder, unless it exists.
 * @throws CliError `output` when that is not possible
 */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    const what = systemCode(cause) === 'EEXIST' ? 'a file has this name' : (systemCode(cause) ?? reason(cause));
    throw new CliError('output', `cannot make the folder ${path} (${what}); choose another with --out`, { cause });
  });
}

async function readMetadata(path: string, bytes: Uint8Array): Promise<Metadata> {
  try {
    return await sharp(bytes).metadata();
  } catch (cause) {
    const known = FORMATS.find((format) => looksLike(bytes, format));
    if (known !== undefined)
      throw new CliError('image', `${path} is a damaged ${known.toUpperCase()} (${reason(cause)}); get the file again`, { cause });
    throw new CliError('image', `${path} is not an image that can be read; give a JPEG, PNG or WebP file`, { cause });
  }
}

/** Whether the first bytes of a file are those of a format. */
function looksLike(bytes: Uint8Array, format: string): boolean {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (format === 'jpeg') return start.startsWith('\xff\xd8\xff');
  return format === 'png' ? start.startsWith('\x89PNG') : start.startsWith('RIFF') && start.endsWith('WEBP');
}

function unreadable(path: string, code: string | undefined): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no file ${path}; check the name`;
  if (code === 'EISDIR') return `${path} is a folder; give image files, such as ${path.replace(/[/\\]+$/, '')}/*.jpg`;
  return `${path} cannot be read (${code ?? 'unknown reason'}); check its permissions`;
}

function reason(cause: unknown): string {
  const [first = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return first;
}
