/**
 * The element `<cdam-map>`: shows what speaks for and against a class in a picture, and which classes a part of the picture speaks for, from a
 * stored basis. Importing this defines nothing, so it works on a server too; `@cdam/web/define` defines the element.
 */
export { CdamMap } from './cdam-map.ts';
export { CdamMapError, type CdamMapErrorCode } from './errors.ts';
export type { CdamMapEvents, ExplainDetail, ProgressDetail, RegionDetail, TargetDetail } from './events.ts';
export { ReflectingElement } from './reflecting-element.ts';
