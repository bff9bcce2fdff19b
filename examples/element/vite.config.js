export default {
  // The page works from any folder of a server.
  base: './',
  build: { target: 'es2022' },
};
