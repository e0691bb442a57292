"""The models that embed: the embedded one against sentence-transformers, and every other by it."""

import os
import random
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from pathlib import Path

import numpy as np
import onnx
import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import InMemoryVectorStore

from corpus.errors import FootnoteError
from retrieval import embedding, minilm, minilm_graph
from retrieval.embedding import DEFAULT_MODEL, Embedder, available_cores, load_embedder, model_name
from retrieval.minilm import BATCH_TOKENS, GRAPH, MAX_TOKENS, PACKAGE, TOKENIZER, WEIGHTS, checkpoint_folder

ROOT = Path(__file__).parent.parent
TEXTS = [
    "Who invited Putin to North Korea?",
    "Kim Jong Un invited Vladimir Putin to Pyongyang, the Kremlin said on Thursday.",
    "Ким Чен Ын пригласил Владимира Путина посетить Северную Корею.",
    "金正恩邀请普京访问朝鲜。二人会谈了两个小时。",
    "دعا كيم جونغ أون الرئيس الروسي إلى زيارة كوريا الشمالية.",
    "Wer hat wen eingeladen? Der Staatspräsident überreichte ein Gewehr – 12½ Stück, „natürlich“.",
    "¿Quién invitó a quién? El niño comió piñas en Coruña.",
    "यह एक वाक्य है। ก็เป็นประโยค",
    "🙂 👩‍👩‍👧‍👦 🇰🇵 rockets 🚀🚀",
    "",
    " \n\t ",
    "\x00 zero \u200b width \ufeff",
    "[CLS] [SEP] [MASK] ##ing <b>markup</b>",
    "a" * 5_000,
    "The ministers discussed trade, energy and the sanctions that the council had voted for. " * 2_000,
]  # fmt: skip


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return load_embedder(cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def by_sentence_transformers() -> Embedder:
    """The same checkpoint, loaded by sentence-transformers from its folder."""
    return load_embedder(str(checkpoint_folder()))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The model's folder of a package that stands before the installed one, its files linked from there."""
    folder = tmp_path / "site" / PACKAGE.replace("-", "_") / "model"
    folder.mkdir(parents=True)
    for name in (WEIGHTS, TOKENIZER):
        (folder / name).symlink_to(checkpoint_folder() / name)
    (folder.parent / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, folder.parent.name, raising=False)
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert checkpoint_folder() == folder
    return folder


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_vectors_are_those_of_sentence_transformers(
    embedder: Embedder, by_sentence_transformers: Embedder
) -> None:
    """In any language, with emoji, empty or far too long: the embedded model gives the reference's vector."""
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(checkpoint_folder()), device="cpu")
    expected = reference.encode(TEXTS, normalize_embeddings=True)
    assert (np.sum(embedder.embed(TEXTS) * expected, axis=1) > 0.99999).all()
    assert (np.sum(by_sentence_transformers.embed(TEXTS) * expected, axis=1) > 0.99999).all()
    assert reference.max_seq_length == MAX_TOKENS


def test_vectors_are_unit_float32_rows_in_order(embedder: Embedder) -> None:
    """One row a text, of length 1; no texts, no rows."""
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_neighbours_do_not_change_a_vector(embedder: Embedder) -> None:
    """A text has the same vector alone and among hundreds of others of all lengths."""
    chance = random.Random(1)
    words = ["north", "korea", "minister", "rocket", "said", "trade", "Москва", "平壤"]
    texts = [" ".join(chance.choices(words, k=chance.randint(0, 250))) for _ in range(12)]
    texts += [" ".join(chance.choices(words, k=chance.randint(1, 6))) for _ in range(260)]
    together = embedder.embed(texts)
    for place in range(0, len(texts), 9):
        assert np.abs(embedder.embed([texts[place]])[0] - together[place]).max() < 1e-5


def test_every_text_is_in_one_small_batch(embedder: Embedder) -> None:
    """Batches name each place once and are small enough to stop between them within a second."""
    texts = ["word " * (i % 13) for i in range(300)] + ["word " * 400] * 2
    batches = [(places.tolist(), vectors.shape) for places, vectors in embedder.embed_batches(texts)]
    assert sorted(place for places, _ in batches for place in places) == list(range(len(texts)))
    for places, shape in batches:
        longest = min(max(len(texts[place].split()) for place in places) + 2, MAX_TOKENS)
        assert shape == (len(places), 384) and len(places) * longest <= BATCH_TOKENS


def test_text_that_no_encoding_holds_is_embedded(embedder: Embedder) -> None:
    """A lone surrogate, as in a damaged command line, is read as a question mark."""
    assert np.allclose(embedder.embed(["caf\udce9 open"]), embedder.embed(["caf? open"]))


def test_threads_share_the_model(embedder: Embedder) -> None:
    """Eight chats that ask at once get the vectors that each would get alone."""
    texts = [[f"question {i} of chat {chat}" for i in range(20)] for chat in range(8)]
    alone = [embedder.embed(chat) for chat in texts]
    with ThreadPoolExecutor(8) as pool:
        for expected, found in zip(alone, pool.map(embedder.embed, texts), strict=True):
            assert np.abs(expected - found).max() < 1e-5


def test_langchain_takes_either_model(embedder: Embedder, by_sentence_transformers: Embedder) -> None:
    """Both are LangChain embeddings: a vector store built on one finds what fits."""
    import_module("retrieval.chain")
    for model in (embedder, by_sentence_transformers):
        assert isinstance(model, Embeddings)
        store = InMemoryVectorStore.from_texts(["The cat sleeps.", "Oil prices rose in 1973."], model)
        assert store.similarity_search("energy crisis", k=1)[0].page_content == "Oil prices rose in 1973."


def test_default_model_has_one_name() -> None:
    """The embedded model is itself under each of its names; other names stay as they are."""
    for name in ("", "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2", " ALL-minilm-l6-v2"):
        assert model_name(name) == DEFAULT_MODEL
    assert model_name("intfloat/multilingual-e5-small") == "intfloat/multilingual-e5-small"


def test_other_models_keep_their_name(by_sentence_transformers: Embedder) -> None:
    """What an index remembers is what the user set."""
    assert by_sentence_transformers.name == str(checkpoint_folder())
    assert by_sentence_transformers.embed([]).shape == (0, 384) == (0, by_sentence_transformers.dimension)
    places = [place for batch, _ in by_sentence_transformers.embed_batches(["a"] * 40) for place in batch]
    assert sorted(places) == list(range(40))
    query, document = by_sentence_transformers.embed_queries(["a b"]), by_sentence_transformers.embed(["a b"])
    assert np.allclose(query, document, atol=1e-6)  # this model reads both alike


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_embedding_is_light() -> None:
    """Loading and embedding imports none of the heavy libraries and stays far below what they need."""
    done = run(
        "import sys, re; from retrieval.embedding import load_embedder;"
        "load_embedder(threads=2).embed(['word ' * 300] * 8 + ['short'] * 100);"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers', 'onnx') if m in sys.modules],"
        "int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) // 1024)"
    )
    modules, megabytes = done.stdout.rsplit(maxsplit=1)
    assert modules == "[]" and int(megabytes) < 250
    assert done.stderr == ""


def test_interrupt_lands_at_once() -> None:
    """Ctrl-C stops a long embedding within a second."""
    code = (
        "from retrieval.embedding import load_embedder; model = load_embedder(threads=1);"
        "print('ready', flush=True); model.embed(['word ' * 300] * 2000)"
    )
    started = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=-1, stderr=-1, text=True)
    assert started.stdout is not None and started.stdout.readline() == "ready\n"
    with pytest.raises(subprocess.TimeoutExpired):
        started.wait(0.5)
    started.send_signal(signal.SIGINT)
    assert started.wait(2) != 0
    assert "KeyboardInterrupt" in started.communicate()[1]


def test_graph_is_what_its_module_makes() -> None:
    """The graph in the repository is the one that minilm_graph makes from the checkpoint, and holds no weights."""
    assert onnx.load(GRAPH, load_external_data=False) == minilm_graph.build(checkpoint_folder())
    assert GRAPH.stat().st_size < 100_000


def test_linked_package_works(package: Path, tmp_path: Path, embedder: Embedder) -> None:
    """An installer that links the package's files from elsewhere does no harm."""
    assert np.allclose(load_embedder(cache=tmp_path / "cache").embed(["a"]), embedder.embed(["a"]), atol=1e-6)


def test_weights_are_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second start does not hash the weights again; a cache without the note does."""
    load_embedder(cache=tmp_path)
    monkeypatch.setattr(minilm.hashlib, "file_digest", lambda *_: pytest.fail("hashed again"))
    load_embedder(cache=tmp_path)
    with pytest.raises(pytest.fail.Exception, match="hashed again"):
        load_embedder(cache=tmp_path / "another")


def test_cache_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    """Where nothing can be noted the model is checked and loaded all the same."""
    (tmp_path / "file").write_text("in the way")
    assert load_embedder(cache=tmp_path / "file" / "cache").embed(["a"]).shape == (1, 384)


@pytest.mark.parametrize("name", [WEIGHTS, TOKENIZER])
def test_damaged_file_is_named(package: Path, tmp_path: Path, name: str) -> None:
    """A file cut short, changed by one byte or gone is one sentence that names it, even after a good start."""
    cache = tmp_path / "cache"
    load_embedder(cache=cache)
    whole = (package / name).read_bytes()
    (package / name).unlink()
    with pytest.raises(FootnoteError, match=rf"{name} cannot be read .*: run 'pip install"):
        load_embedder(cache=cache)
    for damaged in (whole[: len(whole) // 2], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
        (package / name).write_bytes(damaged)
        with pytest.raises(FootnoteError, match=rf"{name} is damaged .*: run 'pip install"):
            load_embedder(cache=cache)


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the model's package there is one sentence with the command that installs it."""
    monkeypatch.setitem(sys.modules, PACKAGE.replace("-", "_"), None)
    with pytest.raises(FootnoteError, match=f"{PACKAGE} is not installed: run 'pip install"):
        load_embedder(cache=tmp_path)


@pytest.mark.parametrize("name", ["./no/such/folder", "/no/such/folder", "a/b/c", "~/no-such-folder"])
def test_path_that_does_not_exist_is_named(name: str) -> None:
    """A folder that is not there is not looked for on the hub."""
    with pytest.raises(FootnoteError, match=f"{name} is not a folder that exists"):
        load_embedder(name)


def test_name_that_cannot_be_is_named() -> None:
    """A name that no model can have is one sentence."""
    with pytest.raises(FootnoteError, match="bad name!! does not exist"):
        load_embedder("bad name!!")


def test_folder_without_a_model_is_named(tmp_path: Path) -> None:
    """Folders that hold nothing, nonsense or half a model are one sentence each."""
    (tmp_path / "empty").mkdir()
    for name, config in {"nonsense": "{", "half": (checkpoint_folder() / "config.json").read_text()}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(config)
        (tmp_path / name / WEIGHTS).write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00garbage!")
    for name in ("empty", "nonsense", "half"):
        with pytest.raises(FootnoteError, match=rf"{name} cannot be loaded \(.*\): fetch it again"):
            load_embedder(str(tmp_path / name))


class Hub(BaseHTTPRequestHandler):
    """A model hub that knows no model, and says so as huggingface.co does."""

    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", "RepoNotFound")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_hub_model_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    """A model that the hub does not know, or a hub that cannot be reached, is one sentence, soon."""
    code = (
        "from retrieval.embedding import load_embedder\nfor name in {}:\n"
        "    try: load_embedder(name)\n    except Exception as error: print(repr(error))"
    )
    hub = HTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{hub.server_port}"
    surroundings = {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path), "NO_PROXY": "*"}
    names = ["no-such-model", "nobody/no-such-model"]
    done = run(code.format(names), **surroundings)
    for name, line in zip(names, done.stdout.splitlines(), strict=True):
        assert line.startswith(f"FootnoteError('The embedding model {name} does not exist here or on hugging")
    assert done.stderr == ""
    hub.shutdown()
    hub.server_close()
    for changed in ({}, {"HF_HUB_OFFLINE": "1"}):
        done = run(code.format(["nobody/some-model"]), **surroundings, **changed)
        assert done.stdout.startswith(
            "FootnoteError('The embedding model nobody/some-model is not on this machine"
        )


def test_quota_and_affinity_bound_the_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container's share of the processor counts, not the machine's cores; without one, the cores do."""
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr(embedding, "_QUOTA", quota)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(8), raising=False)
    monkeypatch.setattr(embedding, "_SMT", tmp_path / "active")
    for said, cores in {"200000 100000": 2, "50000 100000": 1, "max 100000": 8, "nonsense": 8}.items():
        quota.write_text(said)
        assert available_cores() == cores
    (tmp_path / "active").write_text("1\n")
    assert available_cores() == 4
