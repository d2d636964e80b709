# ccreid in a container: `docker build -t ccreid .`, then `docker run --rm -v "$PWD:/work" ccreid search photo.jpg photos`.
# For a GPU: --build-arg BASE=nvidia/cuda:12.8.1-runtime-ubuntu24.04 --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu128
ARG BASE=ubuntu:24.04
FROM ${BASE}

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG EXTRAS=parquet,web

# Whatever versions the distribution has at the time are good enough for Python itself.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

ENV PATH=/opt/ccreid/bin:$PATH
WORKDIR /source
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY recipes recipes
COPY src src
# torch's builds say which device they are for, as in 2.13.0+cpu, which pip takes for the pinned 2.13.0.
RUN python3 -m venv /opt/ccreid \
    && pip install --no-cache-dir --constraint constraints.txt --index-url "${TORCH_INDEX}" torch \
    && pip install --no-cache-dir --constraint constraints.txt ".[${EXTRAS}]" \
    && rm -rf /source/*

# Nobody needs to be root to look for people.
RUN useradd --create-home --uid 10001 reader
USER 10001
WORKDIR /work
ENTRYPOINT ["ccreid"]
CMD ["--help"]
