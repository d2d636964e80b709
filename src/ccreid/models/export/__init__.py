"""Models as files of other runtimes: ONNX, also in half precision and in 8 bits, and torch.export."""
