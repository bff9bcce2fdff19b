/**
 * WebGPU's flags as numbers. Browsers have them as globals, Node has not, and a library should not install globals.
 */

/** GPUBufferUsage */
export const BUFFER_USAGE = { MAP_READ: 0x1, COPY_SRC: 0x4, COPY_DST: 0x8, UNIFORM: 0x40, STORAGE: 0x80, QUERY_RESOLVE: 0x200 } as const;
/** GPUMapMode.READ */
export const MAP_READ = 0x1;
/** GPUShaderStage.COMPUTE */
export const STAGE_COMPUTE = 0x4;
