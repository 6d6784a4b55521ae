"""The services that mled is compared with: FastAPI on uvicorn (uvloop, httptools), scipy and numpy.

POST /fit is what one writes first: the body is validated by pydantic, and the fit runs on the
thread pool. POST /fit_raw is tuned by hand: ujson, no validation, the fit on the event loop. Both
answer parameters and NLL only; mled adds errors, intervals, diagnostics and the verdict.
"""
import numpy
import ujson
from fastapi import FastAPI, Request
from pydantic import BaseModel
from scipy import stats

app = FastAPI()


class Fit(BaseModel):
    family: str
    data: list[float]


def fit(family, x):
    if family == "normal":
        mu, sigma = stats.norm.fit(x)
        nll = -stats.norm.logpdf(x, mu, sigma).sum()
        return {"parameters": {"mu": float(mu), "sigma": float(sigma)}, "nll": float(nll)}
    if family == "gamma":
        shape, _, scale = stats.gamma.fit(x, floc=0)
        nll = -stats.gamma.logpdf(x, shape, scale=scale).sum()
        return {"parameters": {"shape": float(shape), "rate": float(1 / scale)}, "nll": float(nll)}
    raise ValueError(family)


@app.post("/fit")
def fit_idiomatic(request: Fit):
    return fit(request.family, numpy.asarray(request.data))


@app.post("/fit_raw")
async def fit_tuned(request: Request):
    body = ujson.loads(await request.body())
    return fit(body["family"], numpy.asarray(body["data"], dtype=numpy.float64))
