-- An example table, filled by examples/scripts/app/scripts/measure.ts.
SET ROLE scripts;

CREATE TABLE public.demo_measurements (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  measured_at  timestamptz NOT NULL DEFAULT now(),
  load_average real NOT NULL,
  free_bytes   bigint NOT NULL,
  run_id       text
);

CREATE INDEX demo_measurements_measured_at ON public.demo_measurements (measured_at);

COMMENT ON TABLE public.demo_measurements IS
  'One row a run of the demo job "measure". Safe to drop.';

RESET ROLE;
