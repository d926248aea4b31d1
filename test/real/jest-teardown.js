/** jest takes a global tear-down from a default export only. */
export { release as default } from './setup.ts';
