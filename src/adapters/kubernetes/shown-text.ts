/**
 * Words of programs and of others, made ready for masking. Colours and invisible characters go first: within
 * `password=…` they would keep the masking from its value. Nothing that is shown needs more than a page of it.
 */
const charactersMax = 16 * 1024;

export const readyToMask = (text: string): string =>
  text
    .slice(0, charactersMax)
    // Escape sequences of terminals: CSI, and OSC up to its end.
    // oxlint-disable-next-line no-control-regex
    .replace(/\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]{0,2000}(?:\u0007|\u001B\\))/g, '')
    .replace(/\p{Cf}/gu, '')
    .replace(/\r\n/g, '\n')
    // oxlint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, ' ');
