"""Jobs of other programs that Airflow starts by a shell."""

from kestrel_kit import make_dags

make_dags("jobs", globals())
