/** What the stories of LargeForgeAI share: one namespace, with services that do not get in each other's way. */
export const largeforge = {
  system: 'LargeForgeAI',
  namespace: 'largeforge',
  image: 'largeforgeai/largeforge:1.1.0',
};
