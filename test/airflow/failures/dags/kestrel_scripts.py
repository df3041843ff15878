"""Runs scripts that lie beside the DAGs; Airflow complains of one that does not at every look at the file."""

from kestrel_kit import BashOperator, builds, make_dags


@builds("template_not_found")
def run_script(case, common):
    return BashOperator(bash_command=f"scripts/{case['noun']}.sh", **common)


make_dags("scripts", globals())
