local size = import 'size.libsonnet';
{ image: 'registry.example.com/shop:1.0', port: 8000 + 80, size: size }
