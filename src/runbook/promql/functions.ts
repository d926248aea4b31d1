/** The functions and aggregations that Prometheus has had from 2.42 on, with the types of their arguments. */

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

/** `optional`: of the last argument, how many times it may be left out or, with `many`, be repeated. */
export type Signature = {
  readonly takes: readonly ValueType[];
  readonly gives: ValueType;
  readonly optional?: true;
  readonly many?: true;
};

const each = (names: string, signature: Signature): readonly (readonly [string, Signature])[] =>
  names.split(/\s+/).map((name) => [name, signature] as const);

export const functions: ReadonlyMap<string, Signature> = new Map([
  ...each(
    `abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_count histogram_sum ln log10 log2 rad sgn
    sin sinh sort sort_desc sqrt tan tanh timestamp`,
    { takes: ['vector'], gives: 'vector' },
  ),
  ...each(
    `absent_over_time avg_over_time changes count_over_time delta deriv idelta increase irate last_over_time max_over_time
    min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time`,
    { takes: ['matrix'], gives: 'vector' },
  ),
  ...each('day_of_month day_of_week day_of_year days_in_month hour minute month year', {
    takes: ['vector'],
    gives: 'vector',
    optional: true,
  }),
  ...each('clamp', { takes: ['vector', 'scalar', 'scalar'], gives: 'vector' }),
  ...each('clamp_max clamp_min', { takes: ['vector', 'scalar'], gives: 'vector' }),
  ...each('histogram_fraction', { takes: ['scalar', 'scalar', 'vector'], gives: 'vector' }),
  ...each('histogram_quantile', { takes: ['scalar', 'vector'], gives: 'vector' }),
  ...each('label_replace', { takes: ['vector', 'string', 'string', 'string', 'string'], gives: 'vector' }),
  ...each('label_join', { takes: ['vector', 'string', 'string', 'string'], gives: 'vector', many: true }),
  ...each('predict_linear', { takes: ['matrix', 'scalar'], gives: 'vector' }),
  ...each('quantile_over_time', { takes: ['scalar', 'matrix'], gives: 'vector' }),
  ...each('round', { takes: ['vector', 'scalar'], gives: 'vector', optional: true }),
  ...each('scalar', { takes: ['vector'], gives: 'scalar' }),
  ...each('vector', { takes: ['scalar'], gives: 'vector' }),
  ...each('pi time', { takes: [], gives: 'scalar' }),
]);

/** What an aggregation takes before its vector. */
export const aggregations: ReadonlyMap<string, ValueType | undefined> = new Map<string, ValueType | undefined>([
  ['sum', undefined],
  ['avg', undefined],
  ['count', undefined],
  ['min', undefined],
  ['max', undefined],
  ['group', undefined],
  ['stddev', undefined],
  ['stdvar', undefined],
  ['topk', 'scalar'],
  ['bottomk', 'scalar'],
  ['quantile', 'scalar'],
  ['count_values', 'string'],
]);

/** Words of the grammar; in any case of letters. */
export const keywords: ReadonlySet<string> = new Set([
  ...aggregations.keys(),
  ...'and or unless atan2 by without on ignoring group_left group_right bool offset start end inf nan limitk limit_ratio'.split(
    ' ',
  ),
]);
