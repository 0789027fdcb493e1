"""`galatea ...`: each command imports what it needs when it runs."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from galatea.film import film
from galatea.options import (
    DEFAULT_URL,
    ApiKey,
    Deadline,
    LodCount,
    Out,
    Packing,
    Policy,
    Tenant,
    TextureSize,
    There,
    Url,
)
from serve.contracts.errors import GalateaError
from serve.contracts.jobs import JobState
from serve.contracts.quality import Quality
from serve.contracts.requests import AssetFormat, HoleFilling, Pivot, UpAxis
from serve.settings import read_settings

__all__ = ["app", "main"]

app = typer.Typer(
    name="galatea",
    help="A sentence or a mesh becomes a 3D asset that every tool opens, or a film of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
jobs_app = typer.Typer(add_completion=False, rich_markup_mode=None)
app.add_typer(jobs_app, name="jobs")
webhooks_app = typer.Typer(add_completion=False, rich_markup_mode=None)
app.add_typer(webhooks_app, name="webhooks")
_log = logging.getLogger(__name__)


@app.command()
def generate(
    prompt: Annotated[str, typer.Argument(help="What to make: 'a tall red lamp with a blue stand'.")],
    out: Out = Path("."),
    format: Annotated[
        AssetFormat | None, typer.Option(help="File format of the asset; glb by default.")
    ] = None,
    quality: Annotated[Quality | None, typer.Option(help="medium by default.")] = None,
    poly_count: Annotated[int | None, typer.Option(help="Most faces; 10000 by default.")] = None,
    texture_size: TextureSize = None,
    guidance_scale: Annotated[
        float | None, typer.Option(help="How hard to follow the prompt; 7.5 by default.")
    ] = None,
    negative_prompt: Annotated[str | None, typer.Option(help="What to stay away from.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed gives the same asset; -1 draws one.")
    ] = None,
    lod_count: LodCount = None,
    compression: Packing = None,
    policy: Policy = None,
    deadline_s: Deadline = None,
    url: There = None,
    api_key: ApiKey = None,
) -> None:
    """Make a 3D asset from a sentence, with its pictures, its acceptance report and its manifest."""
    from galatea.making import Order, make
    from serve.operations import TEXT_TO_3D
    from serve.planning import asset_name

    given = {
        "prompt": prompt,
        "format": format,
        "quality": quality,
        "poly_count": poly_count,
        "texture_size": texture_size,
        "guidance_scale": guidance_scale,
        "negative_prompt": negative_prompt,
        "seed": seed,
        "lod_count": lod_count,
        "compression": compression,
        "policy": policy,
        "deadline_s": deadline_s,
    }
    make(Order(TEXT_TO_3D, given, asset_name(prompt), out), url, api_key)


@app.command()
def convert(
    file: Annotated[Path, typer.Argument(help="A GLB, glTF, OBJ, PLY or STL file, or a ZIP with one.")],
    out: Out = Path("."),
    format: Annotated[
        list[AssetFormat] | None, typer.Option(help="What to write, more than once for more; glb by default.")
    ] = None,
    up_axis: Annotated[UpAxis | None, typer.Option(help="Which way is up in the file.")] = None,
    unit_m: Annotated[float | None, typer.Option(help="Metres that one unit of the file is; 1.")] = None,
    longest_m: Annotated[float | None, typer.Option(help="Scale to this longest side, metres.")] = None,
    pivot: Annotated[Pivot | None, typer.Option(help="Where the origin shall be.")] = None,
    repair: Annotated[bool | None, typer.Option(help="Mend what is broken; so by default.")] = None,
    fill_holes: Annotated[HoleFilling | None, typer.Option(help="Which holes are closed; small.")] = None,
    smooth_count: Annotated[int | None, typer.Option(help="Rounds of smoothing.")] = None,
    remesh_resolution: Annotated[
        int | None, typer.Option(help="Make a new closed surface of so many cells along the longest side.")
    ] = None,
    poly_count: Annotated[int | None, typer.Option(help="Most faces; by default all are kept.")] = None,
    texture_size: TextureSize = None,
    lod_count: LodCount = None,
    compression: Packing = None,
    policy: Policy = None,
    deadline_s: Deadline = None,
    url: There = None,
    api_key: ApiKey = None,
) -> None:
    """Repair a mesh, bring it to a budget, texture it, and write it in other formats."""
    from galatea.making import Order, make
    from serve.operations import CONVERT
    from serve.planning import asset_name

    name = asset_name(file.stem)
    given = {
        "formats": format or None,
        "name": name,
        "up_axis": up_axis,
        "unit_m": unit_m,
        "longest_m": longest_m,
        "pivot": pivot,
        "repair": repair,
        "fill_holes": fill_holes,
        "smooth_count": smooth_count,
        "remesh_resolution": remesh_resolution,
        "poly_count": poly_count,
        "texture_size": texture_size,
        "lod_count": lod_count,
        "compression": compression,
        "policy": policy,
        "deadline_s": deadline_s,
    }
    make(Order(CONVERT, given, name, out, {"asset": file}), url, api_key)


app.command()(film)


@app.command()
def run(
    inprocess: Annotated[
        bool, typer.Option("--inprocess", help="Child processes of this machine, without Ray.")
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option(help="Ray Serve configuration: replicas, CPUs, autoscaling.", dir_okay=False),
    ] = None,
) -> None:
    """Serve on http://127.0.0.1:8000, on Ray; settings are environment variables, see the README."""
    if inprocess:
        from deployments.supervisor import supervise

        raise typer.Exit(supervise(read_settings()))
    from deployments.ray_runner import run_on_ray

    raise typer.Exit(run_on_ray(read_settings(), config))


@app.command()
def triton() -> None:
    """Run a Triton server on this machine, installed first if need be; `GALATEA_ENGINE=triton` uses it."""
    from deployments.triton.keeper import keep_triton

    raise typer.Exit(keep_triton(read_settings()))


@app.command(name="migrate")
def migrate_ledger() -> None:
    """Bring the ledger's database to the schema of this version; `galatea run` does so by itself."""
    from serve.ledger import migrate, open_ledger

    ledger = open_ledger(read_settings().database)
    try:
        migrate(ledger.database)
    finally:
        ledger.close()


@jobs_app.callback(invoke_without_command=True)
def jobs(
    context: typer.Context,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    status: Annotated[JobState | None, typer.Option(help="Only jobs in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, the newest first.")] = 20,
) -> None:
    """List a service's jobs; `show` and `cancel` take one."""
    if context.invoked_subcommand is not None:
        return
    from galatea.jobs import list_jobs
    from galatea.service import asking

    with asking(url, api_key) as service:
        list_jobs(service, status.value if status else None, limit)


@jobs_app.command()
def show(job_id: str, url: Url = DEFAULT_URL, api_key: ApiKey = None) -> None:
    """Print a job as JSON."""
    from galatea.jobs import show_job
    from galatea.service import asking

    with asking(url, api_key) as service:
        show_job(service, job_id)


@jobs_app.command()
def cancel(job_id: str, url: Url = DEFAULT_URL, api_key: ApiKey = None) -> None:
    """Cancel a job; one that has ended stays as it is."""
    from galatea.jobs import cancel_job
    from galatea.service import asking

    with asking(url, api_key) as service:
        cancel_job(service, job_id)


@app.command()
def watch(job_id: str, url: Url = DEFAULT_URL, api_key: ApiKey = None) -> None:
    """Print what happens to a job until it ends; leaving does not cancel it."""
    from galatea.service import asking
    from galatea.watch import watch_job

    with asking(url, api_key) as service:
        watch_job(service, job_id)


@app.command()
def replay(
    manifest: Annotated[Path, typer.Argument(help="NAME.manifest.json of an asset.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the asset here too.", dir_okay=False)
    ] = None,
) -> None:
    """Make an asset again from its manifest, with nothing from the cache: the same bytes, or the reason."""
    from galatea.replay import replay_manifest

    replay_manifest(manifest, out)


@webhooks_app.callback(invoke_without_command=True)
def webhooks(context: typer.Context, tenant: Tenant = "local") -> None:
    """List webhooks that could not be delivered; `retry` sends one again."""
    if context.invoked_subcommand is not None:
        return
    from galatea.webhooks import list_dead

    list_dead(tenant)


@webhooks_app.command()
def retry(delivery_id: str, tenant: Tenant = "local") -> None:
    """Send a webhook again."""
    from galatea.webhooks import send_again

    send_again(tenant, delivery_id)


@app.command()
def doctor() -> None:
    """Say what this machine has, what is missing, and how to get it."""
    from galatea.doctor import examine

    raise typer.Exit(0 if examine() else 1)


@app.command()
def categories() -> None:
    """List what the house model knows."""
    from galatea.categories import list_categories

    list_categories()


@app.command(name="compile")
def compile_model(name: Annotated[str, typer.Argument(help="Name of a model in model_repository/.")]) -> None:
    """Make a model's weights again; needs the `compile` extra."""
    from galatea.recipes import run_recipe

    run_recipe(name)


def main() -> None:
    """Run a command; errors are sentences and exit codes, never a trace of Python."""
    try:
        app()
    except GalateaError as error:
        _fail(error.message, error.exit_code)
    except KeyboardInterrupt:
        _fail("cancelled", 130)
    except Exception as error:  # the outermost edge
        _log.debug("unexpected", exc_info=error)
        _fail(f"unexpected {type(error).__name__}: {error} (GALATEA_LOG_LEVEL=debug shows where)", 70)


def _fail(message: str, exit_code: int) -> None:
    print(f"galatea: {message}", file=sys.stderr)
    sys.exit(exit_code)
