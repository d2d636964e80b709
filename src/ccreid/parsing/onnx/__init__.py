"""Human parsers in ONNX: any segmentation network as a parser, and our own as a file."""
