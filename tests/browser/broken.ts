/** A module that complains and fails, for the test that the harness passes both on. */
export async function run(): Promise<never> {
  console.warn('a warning of the page');
  throw new Error('thrown on the page');
}
