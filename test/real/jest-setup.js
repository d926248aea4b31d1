/** jest takes a global set-up from a default export only. */
export { setUp as default } from './setup.ts';
