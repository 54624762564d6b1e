export interface CalicoDatastore {
  readonly x?: number;
}
