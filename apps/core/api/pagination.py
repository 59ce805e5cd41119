"""Lists come in pages of 50; a reader may ask for up to 200."""

from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """`?page=2&page_size=100`."""

    page_size_query_param = "page_size"
    max_page_size = 200
