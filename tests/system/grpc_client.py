"""Longshore's gRPC API for tests in Python: the modules are generated from api/ when a test begins."""

import atexit
import base64
import pathlib
import shutil
import sys
import tempfile

from harness import with_python_packages

with_python_packages()

import grpc  # noqa: E402
from grpc_tools import protoc  # noqa: E402

API = pathlib.Path(__file__).resolve().parents[2] / "api"
ENDLESS = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


def _generate():
    folder = tempfile.mkdtemp(prefix="longshore-stubs-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    include = pathlib.Path(protoc.__file__).parent / "_proto"
    files = [str(path.relative_to(API)) for path in API.rglob("*.proto")]
    code = protoc.main(["protoc", f"-I{API}", f"-I{include}", f"--python_out={folder}", f"--grpc_python_out={folder}", *files])
    if code != 0:
        raise SystemExit("protoc failed")
    # grpc is a package of grpcio's own: ours of that name are found beside it.
    grpc.__path__.append(f"{folder}/grpc")
    sys.path.append(folder)


_generate()

from google.rpc import error_details_pb2, status_pb2  # noqa: E402
from grpc.health.v1 import health_pb2, health_pb2_grpc  # noqa: E402
from grpc.reflection.v1 import reflection_pb2, reflection_pb2_grpc  # noqa: E402
from longshore.v1 import longshore_pb2 as api, longshore_pb2_grpc  # noqa: E402

__all__ = ["api", "grpc", "health_pb2", "reflection_pb2", "Client", "Failure", "failure_of"]


class Client:
    """A channel to a server, with the stubs of all services."""

    def __init__(self, port, certificate=None, **options):
        """With TLS where there is a certificate to expect."""
        options["options"] = [*ENDLESS, *options.pop("options", [])]
        address = f"127.0.0.1:{port}"
        self.channel = (grpc.secure_channel(address, grpc.ssl_channel_credentials(certificate.read_bytes()), **options) if certificate
                        else grpc.insecure_channel(address, **options))
        self.uploads = longshore_pb2_grpc.UploadServiceStub(self.channel)
        self.nodes = longshore_pb2_grpc.NodeServiceStub(self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)
        self.reflection = reflection_pb2_grpc.ServerReflectionStub(self.channel)

    def close(self):
        self.channel.close()

    def initiate(self, connector="cli", name="file.bin", **fields):
        return self.uploads.InitiateUpload(api.InitiateUploadRequest(connector_id=connector, name=name, **fields))

    def put_chunk(self, upload, number, data, last=False, named=False, **fields):
        request = api.UploadChunkRequest(upload_id=upload, chunk_number=number, data=data, is_last=last, **fields)
        metadata = [("longshore-chunk-number", str(number))] if named else []
        return self.uploads.UploadChunk(request, metadata=metadata)

    def stream_chunk(self, upload, number, data, last=False, size=None, message=1 << 18, **options):
        return self.uploads.UploadChunkStream(chunk_stream(upload, number, data, last, size, message), **options)

    def complete(self, upload, **fields):
        return self.uploads.CompleteUpload(api.CompleteUploadRequest(upload_id=upload, **fields))

    def status(self, upload):
        return self.uploads.GetUploadStatus(api.GetUploadStatusRequest(upload_id=upload))


def chunk_stream(upload, number, data, last=False, size=None, message=1 << 18):
    header = api.UploadChunkStreamRequest.Header(upload_id=upload, chunk_number=number, is_last=last,
                                                 size=len(data) if size is None else size)
    yield api.UploadChunkStreamRequest(header=header)
    for at in range(0, len(data), message):
        yield api.UploadChunkStreamRequest(data=data[at:at + message])


class Failure:
    """What a call was answered instead of what was asked for."""

    def __init__(self, error):
        self.code = error.code()
        self.text = error.details()
        self.reason, self.metadata, self.retry_s = "", {}, None
        details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
        if details is None:
            return
        status = status_pb2.Status.FromString(details if isinstance(details, bytes) else base64.b64decode(details))
        for detail in status.details:
            info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
            if detail.Unpack(info):
                self.reason, self.metadata = info.reason, dict(info.metadata)
            elif detail.Unpack(retry):
                self.retry_s = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9

    def __repr__(self):
        return f"{self.code} {self.reason} {self.text!r}"


def failure_of(call, *arguments, **options):
    try:
        answer = call(*arguments, **options)
        if hasattr(answer, "__next__"):
            list(answer)
    except grpc.RpcError as error:
        return Failure(error)
    raise AssertionError(f"it was answered: {answer}")
