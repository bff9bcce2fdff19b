/** A module that prints a warning and fails, for the test that the harness reports both. */
export async function run(): Promise<never> {
  console.warn('a warning of the page');
  throw new Error('thrown on the page');
}
