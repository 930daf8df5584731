export interface CronExpression {
  readonly source: string;
}
