/** The types of `webgpu-driver.mjs`, for the tests: TypeScript reads no JSDoc under `isolatedDeclarations`. */

/** The driver that the tests compute on: what `CDAM_TEST_DRIVER` says, or what is taken when it says nothing. */
export function driverName(): string;

/** The variables, beside those of this process, that a process has to be started with to compute on the chosen driver. */
export function driverEnvironment(): Promise<Record<string, string>>;

/** Why the tests of WebGPU in Node cannot run here; undefined where they can, or where they have to. */
export function missingAdapter(): Promise<string | undefined>;

/** Why the tests in a browser cannot run here; undefined where they can. */
export function missingBrowser(): string | undefined;

/** The headless Chromium for the tests, and the environment it has to be started with. */
export function chromium(): Promise<{ executable: string; environment: Record<string, string> }>;
